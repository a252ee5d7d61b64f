/** What the site client offers to workflows. Built by `openSite` (open-site.ts); wire facts in contract/rest.md. */
import type { AttachmentRef, RecordRef, SiteRecord } from "../shared/records.ts";
import type { DownloadPort, UploadPort } from "../transfer/ports.ts";

/** How to sign in. Exactly one; secrets never leave the site room. */
export type Credentials =
  | {
      readonly kind: "script";
      readonly scriptName: string;
      readonly scriptKey: string;
      readonly sudoAsLogin?: string;
    }
  | {
      readonly kind: "password";
      readonly login: string;
      readonly password: string;
      readonly authToken?: string;
    }
  | { readonly kind: "session"; readonly sessionToken: string }
  | { readonly kind: "none" };

export interface SiteOptions {
  /** `https://studio.example`, with or without a path; anything after the origin is dropped. */
  readonly site: string;
  readonly credentials: Credentials;
  /** Extra PEM bundle beside Node's own. */
  readonly caFile?: string;
  /** Proxy and certificate variables; `process.env` where it is left out. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly connectTimeoutMs: number;
  /** Silence on an answer that ends the request. */
  readonly stallTimeoutMs: number;
  /** Attempts after the first for what may be repeated. */
  readonly retries: number;
  /** What is asked of whom, already struck clean of secrets, for `-v`. */
  readonly onRequest?: (line: string) => void;
  readonly sleep?: (delayMs: number, signal?: AbortSignal) => Promise<void>;
  readonly nowMs?: () => number;
  readonly random?: () => number;
}

/** `is`, `in`, `name_contains` …: `[path, relation, value]`. */
export type Filter = readonly [path: string, relation: string, value: unknown];

/** Conditions joined by `and` or `or`, nested as needed (contract/rest.md 4). */
export interface FilterGroup {
  readonly logical_operator: "and" | "or";
  readonly conditions: readonly (Filter | FilterGroup)[];
}

export interface FindOptions {
  readonly fields: readonly string[];
  /** `code`, `-created_at`. */
  readonly sort?: string;
  /** Most records wanted; all (paged until an empty page) when left out. */
  readonly limit?: number;
  readonly signal?: AbortSignal;
}

export interface FieldInfo {
  readonly name: string;
  readonly label: string;
  /** `url`, `image`, `text`, `entity`, … as the site says. */
  readonly dataType: string;
  /** url (File/Link) and image fields. */
  readonly acceptsFile: boolean;
  readonly editable: boolean;
  readonly visible: boolean;
  readonly validTypes: readonly string[];
  readonly validValues: readonly string[];
}

export interface ServerInfo {
  readonly version: string;
  readonly siteName: string | null;
  /** `default`, `ldap`, `saml2`, `oxygen`. */
  readonly authMethod: string;
}

export interface Whoami {
  readonly user: RecordRef | null;
  readonly login: string | null;
  readonly authType: string | null;
  /** Milliseconds since 1970 when the bearer ends. */
  readonly expiresAtMs: number | null;
}

/** What a File/Link field, an image field or an Attachment's own file holds (contract/rest.md section 7). */
export type MediaValue =
  | { readonly kind: "empty" }
  | {
      readonly kind: "upload";
      readonly attachment: AttachmentRef | null;
      readonly name: string;
      readonly contentType: string | null;
    }
  | {
      readonly kind: "web";
      readonly attachment: AttachmentRef | null;
      readonly name: string;
      readonly url: string;
      readonly contentType: string | null;
    }
  | {
      readonly kind: "local";
      readonly attachment: AttachmentRef | null;
      readonly name: string;
      readonly contentType: string | null;
      readonly paths: {
        readonly windows: string | null;
        readonly mac: string | null;
        readonly linux: string | null;
      };
      readonly relativePath: string | null;
      readonly storage: { readonly id: number; readonly name: string | null } | null;
    }
  /** An image field: a picture with a signed URL, or the site's placeholder while it is made. */
  | { readonly kind: "picture"; readonly name: string | null; readonly placeholder: boolean };

export interface LocalStorageRow {
  readonly id: number;
  readonly name: string;
  readonly windows: string | null;
  readonly mac: string | null;
  readonly linux: string | null;
}

export interface UploadRequest {
  readonly record: RecordRef;
  /** Null: no field, an Attachment on the record. */
  readonly field: string | null;
  /** The file's name as the site shall know it. */
  readonly filename: string;
  readonly displayName?: string;
  /** Tag records by id; they exist already. */
  readonly tagIds?: readonly number[];
}

/** Which bytes to fetch. */
export type MediaSource =
  | {
      readonly kind: "field";
      readonly record: RecordRef;
      readonly field: string;
      readonly alt?: "original" | "thumbnail";
    }
  | { readonly kind: "attachment"; readonly id: number; readonly alt?: "original" | "thumbnail" };

/**
 * A signed-in site. Every call: bearer minted a minute before it ends and once more on a 401; errors as SgmediaError
 * with a stable code; repeated only where nothing can be doubled.
 */
export interface Site {
  readonly origin: string;
  info(signal?: AbortSignal): Promise<ServerInfo>;
  whoami(signal?: AbortSignal): Promise<Whoami>;

  /** Undefined where the record does not exist (404). Unknown names in `fields` are dropped by the site in silence. */
  read(ref: RecordRef, fields: readonly string[], signal?: AbortSignal): Promise<SiteRecord | undefined>;
  find(type: string, filters: readonly Filter[] | FilterGroup, options: FindOptions): Promise<SiteRecord[]>;
  count(type: string, filters: readonly Filter[] | FilterGroup, signal?: AbortSignal): Promise<number>;
  /** Never repeated; a lost reply throws LostReply and the caller looks before it asks again. */
  create(type: string, fields: Readonly<Record<string, unknown>>, signal?: AbortSignal): Promise<SiteRecord>;
  update(
    ref: RecordRef,
    fields: Readonly<Record<string, unknown>>,
    signal?: AbortSignal,
  ): Promise<SiteRecord>;
  /** Appends to a multi-entity field without replacing what is there. */
  addLinks(ref: RecordRef, field: string, links: readonly RecordRef[], signal?: AbortSignal): Promise<void>;
  /** Deletes (retires); false when it was gone already. */
  remove(ref: RecordRef, signal?: AbortSignal): Promise<boolean>;

  /** Fields of a type, read once and kept for this run. Throws E_TYPE_UNKNOWN with near names. */
  fields(type: string, projectId?: number, signal?: AbortSignal): Promise<ReadonlyMap<string, FieldInfo>>;
  /** CamelCase names of all record types. */
  types(signal?: AbortSignal): Promise<readonly string[]>;
  localStorages(signal?: AbortSignal): Promise<LocalStorageRow[]>;
  preferences(names: readonly string[], signal?: AbortSignal): Promise<Readonly<Record<string, unknown>>>;

  /** What a url or image field holds, now. Throws E_RECORD_MISSING, E_FIELD_UNKNOWN. */
  media(record: RecordRef, field: string, signal?: AbortSignal): Promise<MediaValue>;
  /** Decodes a value that `read`/`find` gave for a url or image field. */
  decodeMedia(value: unknown): MediaValue;
  /** Attachments linked to a record (fieldless uploads and those of its fields), by id. */
  attachmentsOf(record: RecordRef, signal?: AbortSignal): Promise<SiteRecord[]>;

  upload(request: UploadRequest): UploadPort<AttachmentRef>;
  /** Redirects are read by hand; the bearer goes to the site's own origin only. */
  download(source: MediaSource): DownloadPort;

  close(): Promise<void>;
}
