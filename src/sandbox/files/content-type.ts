const TYPES: Readonly<Record<string, string>> = {
  aac: "audio/aac",
  abc: "application/octet-stream",
  ai: "application/postscript",
  avi: "video/x-msvideo",
  bmp: "image/bmp",
  csv: "text/csv",
  doc: "application/msword",
  docx: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
  dpx: "image/dpx",
  exr: "image/x-exr",
  gif: "image/gif",
  hdr: "image/vnd.radiance",
  htm: "text/html",
  html: "text/html",
  jpeg: "image/jpeg",
  jpg: "image/jpeg",
  json: "application/json",
  m4v: "video/x-m4v",
  ma: "application/mathematica",
  mkv: "video/x-matroska",
  mov: "video/quicktime",
  mp3: "audio/mpeg",
  mp4: "video/mp4",
  mpeg: "video/mpeg",
  mpg: "video/mpeg",
  mxf: "application/mxf",
  obj: "application/octet-stream",
  pdf: "application/pdf",
  png: "image/png",
  psd: "image/vnd.adobe.photoshop",
  svg: "image/svg+xml",
  tga: "image/x-tga",
  tif: "image/tiff",
  tiff: "image/tiff",
  txt: "text/plain",
  wav: "audio/x-wav",
  webm: "video/webm",
  webp: "image/webp",
  xls: "application/vnd.ms-excel",
  xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
  xml: "application/xml",
  zip: "application/zip",
};

/** The part behind the last dot, lower case, without the dot; null when there is none. */
export function extensionOf(name: string): string | null {
  const match = /[^./\\]\.([^./\\]+)$/.exec(name);
  return match?.[1]?.toLowerCase() ?? null;
}

/** A content type guessed from the name alone, as the site does it (contract/local-storage.md E); null when unknown. */
export function guessContentType(name: string): string | null {
  const extension = extensionOf(name);
  return extension === null ? null : (TYPES[extension] ?? null);
}
