/**
 * The seams inside the sandbox. The sandbox is written from the contract (contract/*.md) and imports nothing of the
 * client; these types are its own.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Readable } from "node:stream";

/** A link to a row, as stored. Names are looked up when a row is shown. */
export interface Link {
  type: string;
  id: number;
}

/** What an Attachment's hidden `this_file` holds. */
export type StoredFile =
  | { linkType: "upload"; key: string; name: string; contentType: string; sizeBytes: number }
  | { linkType: "web"; url: string; name: string; contentType: string | null }
  | { linkType: "local"; storageId: number; relativePath: string; name: string; contentType: string | null };

/** What `image` and `filmstrip_image` hold. Until `readyAtMs` (and for at least one read) a read shows the placeholder. */
export interface StoredPicture {
  /** Storage key of the picture as it was sent, or of the full-size frame of a movie. */
  originalKey: string;
  /** Storage key of the small JPEG (`…_t.jpg`) once it is made; null while it is pending. */
  smallKey: string | null;
  name: string;
  contentType: string;
  /** Milliseconds since 1970 before which the placeholder is shown. */
  readyAtMs: number;
  readsWhilePending: number;
}

/**
 * A stored record. Field values are plain JSON as the site keeps them: links `{type,id}`, lists of them, text, numbers,
 * `url` fields a link to their Attachment, `image` fields a StoredPicture, Attachment.this_file a StoredFile.
 */
export interface Row {
  readonly type: string;
  readonly id: number;
  retired: boolean;
  fields: Record<string, unknown>;
}

export interface FieldSchema {
  name: string;
  /** Display name. */
  label: string;
  /** `text`, `number`, `float`, `checkbox`, `date`, `date_time`, `entity`, `multi_entity`, `url`, `image`, `status_list`, … */
  dataType: string;
  editable: boolean;
  mandatory: boolean;
  unique: boolean;
  visible: boolean;
  description: string;
  /** `valid_values`, `valid_types`, `default_value`, `display_values`, `hidden_values`, `summary_default`, … */
  properties: Record<string, unknown>;
  custom: boolean;
  retired: boolean;
}

export interface TypeSchema {
  type: string;
  label: string;
  visible: boolean;
  fields: Map<string, FieldSchema>;
}

/** Records and schema, in memory and in a folder that opens after a kill at any moment. */
export interface Store {
  readonly dir: string;
  types(): Iterable<TypeSchema>;
  /** By CamelCase singular name; see `resolveType` for the spellings that REST accepts. */
  type(name: string): TypeSchema | undefined;
  /** `Version`, `version`, `versions`, `human_users` → the CamelCase singular name. */
  resolveType(segment: string): string | undefined;
  addField(type: string, field: FieldSchema): void;
  changeField(type: string, name: string, change: Partial<FieldSchema>): void;

  row(type: string, id: number): Row | undefined;
  /** Live and retired, by id. */
  rows(type: string): Iterable<Row>;
  insert(type: string, fields: Record<string, unknown>, by: Link | null, id?: number): Row;
  change(type: string, id: number, fields: Record<string, unknown>, by: Link | null): Row;
  retire(type: string, id: number, by: Link | null): boolean;
  revive(type: string, id: number, by: Link | null): boolean;
  /** Small site-wide data: preferences, upload sessions, session tokens. JSON. */
  setting(key: string): unknown;
  setSetting(key: string, value: unknown): void;
  /** All or nothing: what `work` changed is undone when it throws. Synchronous. */
  transaction<T>(work: () => T): T;
  close(): Promise<void>;
}

/** Object storage, the built-in one or a real S3. Signing is pure arithmetic; the rest talks to the storage. */
export interface ObjectStorage {
  /** Origin of the URLs it signs. */
  readonly origin: string;
  signPut(key: string): string;
  createMultipart(key: string): Promise<string>;
  signPart(key: string, uploadId: string, partNumber: number): string;
  /** ETags without quotes, in part order. Throws with the storage's own code and message. */
  completeMultipart(key: string, uploadId: string, etags: readonly string[]): Promise<void>;
  /** Throws if there is no such open multipart. */
  abortMultipart(key: string, uploadId: string): Promise<void>;
  /** A GET that lives about 15 minutes; name and type go into response-content-disposition and response-content-type. */
  signGet(key: string, options?: { name?: string; contentType?: string }): string;
  /** Null when nothing is stored under the key. */
  stat(key: string): Promise<{ sizeBytes: number; etag: string } | null>;
  read(key: string): Promise<Readable>;
  /** Stores bytes the sandbox made itself (renditions) or took over the site (`sg` storage). */
  write(
    key: string,
    body: Readable | Uint8Array,
    contentType: string,
  ): Promise<{ sizeBytes: number; etag: string }>;
  /** A path on this disk with the object's bytes, for ffmpeg; `release` removes it if it was a copy. */
  localFile(key: string): Promise<{ path: string; release: () => Promise<void> }>;
  /** Keys of multiparts that are open: tests assert that none is left. */
  openMultiparts(): Promise<{ key: string; uploadId: string; parts: number }[]>;
  close(): Promise<void>;
}

/** What the kernel knows of one request beyond node's objects. */
export interface Exchange {
  readonly surface: "site" | "rpc" | "storage";
  readonly url: URL;
  /** The body, whole. Rejects above the limit (default 64 MiB) and when the client hangs up. */
  body(limitBytes?: number): Promise<Buffer>;
}

/** Answers a request or returns false when the path is not its own. */
export type Surface = (req: IncomingMessage, res: ServerResponse, exchange: Exchange) => Promise<boolean>;

export interface SandboxOptions {
  host: string;
  port: number;
  dir: string;
  storageService: "s3" | "sg";
  transcodeDelayMs: number;
  webm: boolean;
  strictCookies: boolean;
  fieldlessMultipart: boolean;
  /** A real S3 to sign for; null: the built-in storage. */
  remote: {
    endpoint: string;
    bucket: string;
    region: string;
    accessKeyId: string;
    secretAccessKey: string;
  } | null;
  /** ffmpeg to use; null: looked for (SGMEDIA_FFMPEG, PATH, npm package). */
  ffmpeg: string | null;
}

/** Who is asking: a script user or a person, and on whose behalf. */
export interface Caller {
  /** `{type:"ApiUser"|"HumanUser", id}`: what created_by becomes. */
  readonly as: Link;
  /** The one who signed in; differs from `as` under sudo. */
  readonly signedIn: Link;
  readonly authType: "script" | "password" | "session_token";
}

/** Makes renditions in the background, one at a time, in the order asked. */
export interface Transcoder {
  /** A movie or still was put on Version.sg_uploaded_movie: mp4, thumbnail, filmstrip, frame rate, duration, status. */
  movie(version: Link, attachment: Link): void;
  /** A picture was put on an image field: the small JPEG. */
  picture(record: Link, field: "image" | "filmstrip_image"): void;
  /** Resolves when nothing is queued or running. */
  idle(): Promise<void>;
  stop(): Promise<void>;
}

/** Everything a surface needs. */
export interface Sandbox {
  readonly options: SandboxOptions;
  /** `http://127.0.0.1:40001`, no trailing slash. */
  readonly origin: string;
  readonly store: Store;
  readonly storage: ObjectStorage;
  readonly transcoder: Transcoder;
  nowMs(): number;
}
