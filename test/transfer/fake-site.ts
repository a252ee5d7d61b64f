import { SgmediaError } from "../../src/shared/errors.ts";
import {
  type AcceptedPart,
  type DownloadPort,
  LostReply,
  type OpenUpload,
  type SignedRequest,
  type Ticket,
  type UploadPort,
} from "../../src/transfer/ports.ts";
import { type FakeStorage, md5 } from "./fake-storage.ts";

export interface Attachment {
  readonly id: number;
  readonly key: string;
}

/** A site that opens, completes and aborts uploads over a FakeStorage, and counts what was asked of it. */
export class FakeSite {
  readonly storage: FakeStorage;
  readonly attachments: Attachment[] = [];
  readonly calls: string[] = [];
  /** Thrown by the next calls of that name, first come first; `null` lets one pass. */
  readonly failures = new Map<string, (Error | null)[]>();
  /** Completions that act and then lose their answer. */
  loseCompletions = 0;
  /** Reads of the finished upload that still show nothing. */
  hideFor = 0;
  mode: "s3" | "site" = "s3";
  /** As a real site does, it shows only the name of what is new, and all have one name. */
  onlyName = false;
  #uploads = 0;

  constructor(storage: FakeStorage) {
    this.storage = storage;
  }

  count(call: string): number {
    return this.calls.filter((each) => each === call).length;
  }

  /** The bytes behind the only attachment. */
  get onlyBytes(): Buffer {
    if (this.attachments.length !== 1)
      throw new Error(`${this.attachments.length} attachments instead of one`);
    return this.storage.objects.get(this.attachments[0]?.key ?? "")?.bytes ?? Buffer.alloc(0);
  }

  #called(name: string): void {
    this.calls.push(name);
    const failure = this.failures.get(name)?.shift();
    if (failure) throw failure;
  }

  uploadPort(): UploadPort<Attachment> {
    return {
      open: async ({ multipart }): Promise<OpenUpload> => {
        this.#called("open");
        this.#uploads += 1;
        const key = `upload-${this.#uploads}`;
        const before = this.attachments.length;
        if (this.mode === "site") return { mode: "site", ticket: { key, before } };
        if (!multipart) return { mode: "single", ticket: { key, before } };
        const uploadId = `id-${this.#uploads}`;
        this.storage.multiparts.set(uploadId, { key, parts: new Map() });
        return { mode: "multipart", ticket: { key, uploadId, before } };
      },
      issuePart: async (ticket, partNumber): Promise<SignedRequest> => {
        this.#called("issuePart");
        const query: Record<string, string> = ticket["uploadId"]
          ? { partNumber: String(partNumber), uploadId: String(ticket["uploadId"]) }
          : {};
        return { url: this.storage.sign(String(ticket["key"]), query), headers: {} };
      },
      acceptReply: (ticket, body): Ticket => ({ ...ticket, replied: body.length }),
      complete: async (ticket, parts): Promise<void> => {
        this.#called("complete");
        this.#complete(ticket, parts);
        if (this.loseCompletions > 0) {
          this.loseCompletions -= 1;
          throw new LostReply("the answer never came");
        }
      },
      findCompleted: async (ticket, _signal, proof): Promise<Attachment | undefined> => {
        this.#called("findCompleted");
        if (this.hideFor > 0) {
          this.hideFor -= 1;
          return undefined;
        }
        const fits = this.onlyName
          ? this.attachments.slice(Number(ticket["before"]))
          : this.attachments.filter(({ key }) => key === ticket["key"]);
        for (const each of fits) {
          const alone = fits.length === 1;
          if (!proof || (alone && !proof.always) || (await proof.isOurs(each))) return each;
        }
        return undefined;
      },
      stored: ({ key }) => this.downloadPort(key),
      abort: async (ticket): Promise<void> => {
        this.#called("abort");
        this.storage.multiparts.delete(String(ticket["uploadId"]));
      },
    };
  }

  /** S3's own rules: every part is there, its ETag is the one that was given, only the last is small. */
  #complete(ticket: Ticket, parts: readonly AcceptedPart[]): void {
    const key = String(ticket["key"]);
    if (ticket["uploadId"] !== undefined) {
      const multipart = this.storage.multiparts.get(String(ticket["uploadId"]));
      if (!multipart) throw new SgmediaError("E_SITE_REFUSED", "completing what is not open");
      const stored = parts.map(({ number, etag }) => {
        const part = multipart.parts.get(number);
        if (!part || (etag !== null && part.etag !== etag))
          throw new Error(`part ${number} is not what was said`);
        return part;
      });
      if (stored.slice(0, -1).some((part) => part.bytes.length < 5 * 1024 * 1024))
        throw new Error("a small part");
      const bytes = Buffer.concat(stored.map((part) => part.bytes));
      const etag = `${md5(Buffer.from(stored.map((part) => part.etag).join(""), "hex"))}-${parts.length}`;
      this.storage.objects.set(key, { bytes, etag });
      this.storage.multiparts.delete(String(ticket["uploadId"]));
    }
    this.attachments.push({ id: 1000 + this.attachments.length, key });
  }

  downloadPort(key: string): DownloadPort {
    return {
      locate: async () => {
        this.#called("locate");
        return { url: this.storage.sign(key), headers: {} };
      },
    };
  }
}
