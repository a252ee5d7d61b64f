export { type EncodeProgress, type EncodeRequest, encodeFrames } from "./encode-frames.ts";
export { makeFilmstrip } from "./filmstrip.ts";
export { type Environment, findFfmpeg } from "./find-ffmpeg.ts";
export { type ImageSize, imageSize } from "./image-size.ts";
export { makePoster } from "./poster.ts";
export { type MovieFacts, probeMovie } from "./probe.ts";
