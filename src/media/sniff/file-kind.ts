/** What kind of thing a file is, by what can be done with it. */
export type FileFamily = "image" | "movie" | "audio" | "document" | "archive" | "unknown";

/** What a file is, as its own bytes say; its name is never asked. */
export interface FileKind {
  /** Short stable word: `jpeg`, `png`, `exr`, `quicktime`, `mp4`, …; `unknown` when nothing recognised it. */
  readonly format: string;
  readonly family: FileFamily;
  /** The usual extension, lower case, no dot. */
  readonly extension: string;
  /** Every extension under which the format is commonly found, lower case, no dot; the usual one is first. */
  readonly extensions: readonly string[];
  readonly contentType: string;
}

type Row = readonly [family: FileFamily, contentType: string, extensions: string];

/** The formats by name. Extensions are separated by blanks, the usual one first. */
const FORMATS = {
  jpeg: ["image", "image/jpeg", "jpg jpeg jpe jfif"],
  png: ["image", "image/png", "png"],
  gif: ["image", "image/gif", "gif"],
  tiff: ["image", "image/tiff", "tif tiff tx"],
  bmp: ["image", "image/bmp", "bmp dib"],
  webp: ["image", "image/webp", "webp"],
  exr: ["image", "image/x-exr", "exr sxr mxr"],
  dpx: ["image", "image/x-dpx", "dpx"],
  cineon: ["image", "image/x-cineon", "cin"],
  tga: ["image", "image/x-tga", "tga targa icb vda vst"],
  psd: ["image", "image/vnd.adobe.photoshop", "psd"],
  psb: ["image", "image/vnd.adobe.photoshop", "psb"],
  hdr: ["image", "image/vnd.radiance", "hdr pic rgbe xyze"],
  sgi: ["image", "image/x-sgi", "sgi rgb rgba bw"],
  pbm: ["image", "image/x-portable-bitmap", "pbm pnm"],
  pgm: ["image", "image/x-portable-graymap", "pgm pnm"],
  ppm: ["image", "image/x-portable-pixmap", "ppm pnm"],
  pam: ["image", "image/x-portable-arbitrarymap", "pam pnm"],
  pfm: ["image", "image/x-portable-floatmap", "pfm"],
  jp2: ["image", "image/jp2", "jp2 jpf jpx jpm"],
  j2k: ["image", "image/j2c", "j2k j2c jpc"],
  heic: ["image", "image/heic", "heic heif hif"],
  avif: ["image", "image/avif", "avif"],
  svg: ["image", "image/svg+xml", "svg"],
  arriraw: ["image", "image/x-arriraw", "ari arx"],
  quicktime: ["movie", "video/quicktime", "mov qt"],
  mp4: ["movie", "video/mp4", "mp4 m4v"],
  m4v: ["movie", "video/x-m4v", "m4v mp4"],
  mxf: ["movie", "application/mxf", "mxf"],
  webm: ["movie", "video/webm", "webm"],
  matroska: ["movie", "video/x-matroska", "mkv mk3d mka mks"],
  avi: ["movie", "video/x-msvideo", "avi"],
  mpeg: ["movie", "video/mpeg", "mpg mpeg vob m2p"],
  mpegts: ["movie", "video/mp2t", "ts mts m2ts"],
  r3d: ["movie", "video/x-red-r3d", "r3d"],
  braw: ["movie", "video/x-blackmagic-raw", "braw"],
  wav: ["audio", "audio/x-wav", "wav wave bwf"],
  aiff: ["audio", "audio/x-aiff", "aiff aif aifc"],
  mp3: ["audio", "audio/mpeg", "mp3"],
  pdf: ["document", "application/pdf", "pdf"],
  zip: ["archive", "application/zip", "zip"],
} as const satisfies Record<string, Row>;

export type KnownFormat = keyof typeof FORMATS;

export const UNKNOWN_KIND: FileKind = {
  format: "unknown",
  family: "unknown",
  extension: "bin",
  extensions: [],
  contentType: "application/octet-stream",
};

export function kindOf(format: KnownFormat): FileKind {
  const [family, contentType, list] = FORMATS[format];
  const extensions = list.split(" ");
  return { format, family, extension: extensions[0] ?? format, extensions, contentType };
}

/** What the official client's guess by name says where it differs from a kind's own content type: mostly, that it knows none. */
const GUESSED: Partial<Record<string, string>> = {
  exr: UNKNOWN_KIND.contentType,
  dpx: UNKNOWN_KIND.contentType,
  cineon: UNKNOWN_KIND.contentType,
  tga: UNKNOWN_KIND.contentType,
  psd: UNKNOWN_KIND.contentType,
  psb: UNKNOWN_KIND.contentType,
  hdr: UNKNOWN_KIND.contentType,
  sgi: UNKNOWN_KIND.contentType,
  pam: UNKNOWN_KIND.contentType,
  pfm: UNKNOWN_KIND.contentType,
  jp2: UNKNOWN_KIND.contentType,
  j2k: UNKNOWN_KIND.contentType,
  arriraw: UNKNOWN_KIND.contentType,
  mxf: UNKNOWN_KIND.contentType,
  r3d: UNKNOWN_KIND.contentType,
  braw: UNKNOWN_KIND.contentType,
  m4v: "video/mp4",
};

/** The content type to send with an upload: what the official client's guess (Python's `mimetypes`) gives (contract/rpc.md 2.3). */
export function contentTypeOf(kind: FileKind): string {
  return GUESSED[kind.format] ?? kind.contentType;
}
