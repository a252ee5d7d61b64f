import * as v from "valibot";

const size = v.pipe(v.number(), v.integer(), v.minValue(0));

/** Some bytes of an object, in a file below the storage's folder (so that the folder can be moved). */
export const PieceSchema = v.object({
  file: v.string(),
  sizeBytes: size,
  /** Without quotes. */
  etag: v.string(),
});
export type Piece = v.InferOutput<typeof PieceSchema>;

/** A stored object: its bytes are its pieces, one after another. */
export const StoredObjectSchema = v.object({
  key: v.string(),
  contentType: v.string(),
  sizeBytes: size,
  /** Without quotes. */
  etag: v.string(),
  modifiedAtMs: v.number(),
  pieces: v.array(PieceSchema),
  /** The multipart it came from: completing that again gives the same answer. */
  uploadId: v.nullable(v.string()),
});
export type StoredObject = v.InferOutput<typeof StoredObjectSchema>;
