/** What RV takes for images and for movies by their names (contract/rv-paths.md 4), camera raw added. */
const IMAGES = new Set(
  (
    "exr txr openexr aces sxr dpx cin cineon jpg jpeg png tif tiff tga targa tpic psd psb pic sgi bw rgb rgba webp iff bmp dds rla rpf " +
    "hdr rgbe jp2 j2k j2c jpt jph yuv z zfile tx tex shd pnm ppm pgm pbm heic heif avif gif arw cr2 cr3 crw dng nef raf raw ari arx"
  ).split(" "),
);
const MOVIES = new Set(
  "avi flv m3u8 m4v mkv mov mp4 mpg mpeg mxf webm ogv r3d qt dv 3gp braw wmv ts mts m2ts".split(" "),
);

/** Lower case, without the dot; empty where there is none. */
function extensionOf(name: string): string {
  return /[^.]\.([^.]+)$/.exec(name)?.[1]?.toLowerCase() ?? "";
}

/** Whether a name may be a frame's: an image's extension, digits in its place, or none at all. */
export function mayBeFrame(name: string): boolean {
  const extension = extensionOf(name);
  return extension === "" || /^\d+$/.test(extension) || IMAGES.has(extension);
}

export function isMovieName(name: string): boolean {
  return MOVIES.has(extensionOf(name));
}
