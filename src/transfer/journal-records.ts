import { crc32 } from "node:zlib";
import * as v from "valibot";

/** What a journal remembers, one record a line. */
const Bytes = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const Key = v.object({
  site: v.string(),
  record: v.string(),
  field: v.nullable(v.string()),
  path: v.string(),
  detail: v.optional(v.string()),
});
const Data = v.record(v.string(), v.unknown());

const RecordSchema = v.variant("kind", [
  /** First line: which transfer, of which file. */
  v.object({
    kind: v.literal("header"),
    version: v.literal(1),
    direction: v.picklist(["upload", "download"]),
    key: Key,
    intent: Data,
    startedAtMs: v.number(),
    /** Upload of a file: what it was, and the size of its parts. */
    identity: v.nullable(v.object({ sizeBytes: Bytes, mtimeNs: v.string(), inode: v.string() })),
    partSizeBytes: v.nullable(Bytes),
    /** Download: the unfinished file. */
    partialPath: v.nullable(v.string()),
  }),
  /** The site opened an upload. */
  v.object({ kind: v.literal("opened"), mode: v.picklist(["single", "multipart", "site"]), ticket: Data }),
  /** The storage accepted a part. */
  v.object({
    kind: v.literal("part"),
    number: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
    etag: v.nullable(v.string()),
    md5: v.nullable(v.string()),
    bytes: Bytes,
  }),
  /** The site is about to be asked to complete: from here on it must be read before anything is repeated. */
  v.object({ kind: v.literal("completing"), ticket: Data }),
  /** Download: what is stored, as its first answer said. */
  v.object({
    kind: v.literal("object"),
    sizeBytes: Bytes,
    etag: v.nullable(v.string()),
    lastModified: v.nullable(v.string()),
    contentType: v.nullable(v.string()),
    /** Its ETag is no checksum. */
    encrypted: v.boolean(),
  }),
  /** Download: these bytes are on the disk. */
  v.object({ kind: v.literal("range"), offset: Bytes, bytes: Bytes }),
]);

export type JournalRecord = v.InferOutput<typeof RecordSchema>;
export type JournalHeader = Extract<JournalRecord, { kind: "header" }>;

/** A line that cannot be what was written. */
export class JournalDamaged extends Error {
  /** What could be read before the damage. */
  readonly readable: readonly JournalRecord[];

  constructor(reason: string, readable: readonly JournalRecord[]) {
    super(reason);
    this.name = "JournalDamaged";
    this.readable = readable;
  }
}

const SECRET =
  /X-Amz-Signature|X-Amz-Credential|AWSAccessKeyId=|[?&]signature=|\bBearer\s+[A-Za-z0-9._~+/=-]{8}/i;

/** One line with its checksum and newline. Refuses a signed URL or a bearer: a journal may be read by others. */
export function encodeRecord(record: JournalRecord): string {
  const json = JSON.stringify(record);
  if (SECRET.test(json)) throw new Error(`a journal record "${record.kind}" holds a secret or a signed URL`);
  return `${json.slice(0, -1)},"crc":"${checksum(json)}"}\n`;
}

export interface DecodedJournal {
  readonly records: readonly JournalRecord[];
  /** Length of what is whole: what follows is a torn last line. */
  readonly wholeBytes: number;
}

/**
 * Reads a journal back. A last line without its newline was torn by a kill and does not count; any other line that is
 * not as it was written is damage. Throws JournalDamaged.
 */
export function decodeJournal(bytes: Buffer): DecodedJournal {
  const wholeBytes = bytes.lastIndexOf(0x0a) + 1;
  const lines = bytes.subarray(0, wholeBytes).toString("utf8").split("\n").slice(0, -1);
  const records: JournalRecord[] = [];
  for (const [index, line] of lines.entries()) {
    const match = /^(.*),"crc":"([0-9a-f]{8})"\}$/s.exec(line);
    const json = match ? `${match[1]}}` : "";
    if (!match || checksum(json) !== match[2])
      throw new JournalDamaged(`line ${index + 1} is not as it was written`, records);
    const parsed = v.safeParse(RecordSchema, JSON.parse(json));
    if (!parsed.success) throw new JournalDamaged(`line ${index + 1} is of no known kind`, records);
    records.push(parsed.output);
  }
  const first = records[0];
  if (first?.kind !== "header") throw new JournalDamaged("its first line is not whole", records);
  if (records.slice(1).some((each) => each.kind === "header"))
    throw new JournalDamaged("it has two beginnings", records);
  return { records, wholeBytes };
}

function checksum(json: string): string {
  return crc32(json).toString(16).padStart(8, "0");
}
