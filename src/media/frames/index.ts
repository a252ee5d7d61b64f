export { type Cookie, formatFrame, readCookie, toPrintf, zeroCookie } from "./cookie.ts";
export { isMovieName } from "./extensions.ts";
export { type FindOptions, findSequence } from "./find-sequence.ts";
export type { FoundSequence } from "./found-sequence.ts";
export { type FrameRange, type FrameRun, formatRange, framesOf } from "./frame-range.ts";
export { isSequenceText, readSequence, type SequenceText } from "./read-sequence.ts";
export { firstRvFile, parseRvRange, parseRvSequence, type RvSequence, rvFrameName } from "./rv-sequence.ts";
export { expandStereo, isStereoText } from "./stereo.ts";
