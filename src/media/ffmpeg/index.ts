export { type EncodeProgress, encodeFrames } from "./encode-frames.ts";
export { makeFilmstrip } from "./filmstrip.ts";
export { findFfmpeg } from "./find-ffmpeg.ts";
export { imageSize } from "./image-size.ts";
export { makePoster } from "./poster.ts";
export { probeMovie } from "./probe.ts";
