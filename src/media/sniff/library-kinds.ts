import { type FileFamily, type FileKind, type KnownFormat, kindOf } from "./file-kind.ts";

/** The library's extension, where the kind has a name of ours. */
const OURS: Readonly<Record<string, KnownFormat>> = {
  tif: "tiff",
  bmp: "bmp",
  jp2: "jp2",
  jpx: "jp2",
  jpm: "jp2",
  j2c: "j2k",
  heic: "heic",
  avif: "avif",
  apng: "png",
  mov: "quicktime",
  mp4: "mp4",
  m4v: "m4v",
  mxf: "mxf",
  webm: "webm",
  mkv: "matroska",
  avi: "avi",
  mpg: "mpeg",
  mts: "mpegts",
  wav: "wav",
  aif: "aiff",
  mp3: "mp3",
  pdf: "pdf",
  zip: "zip",
};

const ARCHIVES = new Set(
  "tar tar.gz gz bz2 7z rar xz zst lz lz4 lzh Z cab arj ace cpio ar deb rpm dmg".split(" "),
);
const DOCUMENT =
  /^(?:text\/|application\/(?:rtf|postscript|eps|xml|epub|x-indesign|x-cfb|vnd\.(?:openxml|oasis|ms-|visio)))/;

/** Asks file-type, which is loaded only now, about the first bytes of a file. */
export async function askLibrary(head: Uint8Array): Promise<FileKind | undefined> {
  const { fileTypeFromBuffer } = await import("file-type");
  const found = await fileTypeFromBuffer(head);
  if (!found) return undefined;
  // Four bytes are its whole test for a cursor; one without pictures is something else, a cut Targa for one.
  if (found.ext === "cur" && head[4] === 0 && head[5] === 0) return undefined;
  const ours = OURS[found.ext];
  if (ours) return kindOf(ours);
  return {
    format: found.ext.toLowerCase(),
    family: familyOf(found.ext, found.mime),
    extension: found.ext,
    extensions: [found.ext.toLowerCase()],
    contentType: found.mime,
  };
}

function familyOf(extension: string, contentType: string): FileFamily {
  if (contentType.startsWith("image/")) return "image";
  if (contentType.startsWith("video/") || contentType === "application/vnd.ms-asf") return "movie";
  if (contentType.startsWith("audio/")) return "audio";
  if (ARCHIVES.has(extension)) return "archive";
  return DOCUMENT.test(contentType) ? "document" : "unknown";
}
