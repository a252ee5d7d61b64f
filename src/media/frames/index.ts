export { formatFrame, toPrintf } from "./cookie.ts";
export { isMovieName } from "./extensions.ts";
export { findSequence } from "./find-sequence.ts";
export type { FoundSequence } from "./found-sequence.ts";
export { FramesAbsent } from "./frame-error.ts";
export { readFrameName } from "./frame-name.ts";
export { isSequenceText, readSequence } from "./read-sequence.ts";
export { expandStereo, isStereoText } from "./stereo.ts";
