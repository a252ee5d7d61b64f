import { redactText } from "../shared/redact.ts";
import type { EngineContext } from "./context.ts";
import { Journal } from "./journal.ts";
import type { JournalHeader, JournalRecord } from "./journal-records.ts";
import type { OpenUpload } from "./ports.ts";
import { Progress } from "./progress.ts";
import { Ledger } from "./retry.ts";
import type { TransferKey, UploadJob } from "./types.ts";
import type { AcceptedRecord } from "./upload-state.ts";

/** One upload while it runs: what its steps share, and what its journal knows. */
export class UploadRun<Done> {
  readonly context: EngineContext;
  readonly job: UploadJob<Done>;
  readonly id: string;
  /** For messages: `"shot.mov"`. */
  readonly label: string;
  readonly ledger = new Ledger();
  readonly progress: Progress;
  /** Parts that the storage has, by number. */
  readonly parts = new Map<number, AcceptedRecord>();
  /** Of those, what came with the journal. */
  resumedParts = 0;
  sentParts = 0;
  opened: OpenUpload | null = null;
  journal: Journal | null = null;
  #etagsAreMd5 = true;

  constructor(context: EngineContext, job: UploadJob<Done>, id: string, label: string) {
    this.context = context;
    this.job = job;
    this.id = id;
    this.label = label;
    this.progress = new Progress(job.onEvent);
  }

  /** A multipart gets its journal before it is opened, so that none is ever open and forgotten by us. */
  async beginJournal(about: Pick<JournalHeader, "identity" | "partSizeBytes">): Promise<void> {
    this.journal = await Journal.create(this.context.options.journalDir, this.id, [this.#header(about)]);
  }

  async noteOpened(opened: OpenUpload): Promise<void> {
    this.opened = opened;
    await this.journal?.append({ kind: "opened", mode: opened.mode, ticket: opened.ticket });
  }

  /** The storage has a part: it counts once the journal has it, too. */
  async noteAccepted(number: number, part: AcceptedRecord): Promise<void> {
    await this.journal?.append({ kind: "part", number, ...part });
    this.parts.set(number, part);
    this.sentParts += 1;
    this.progress.accept(part.bytes);
  }

  /**
   * From here on the site may have the file. What went up in one PUT has had no journal until now: there was nothing that
   * a later run could have gone on with.
   */
  async noteCompleting(about: Pick<JournalHeader, "identity" | "partSizeBytes">): Promise<void> {
    if (!this.opened) throw new Error("completing what was never opened");
    const completing: JournalRecord = { kind: "completing", ticket: this.opened.ticket };
    if (this.journal) return this.journal.append(completing);
    const parts = [...this.parts].map(([number, part]): JournalRecord => ({ kind: "part", number, ...part }));
    this.journal = await Journal.create(this.context.options.journalDir, this.id, [
      this.#header(about),
      { kind: "opened", ...this.opened },
      ...parts,
      completing,
    ]);
  }

  async finishJournal(): Promise<void> {
    // It goes at once: left behind by a kill, its "completing" makes the next run look before it sends, as it must.
    await this.journal?.remove();
    this.journal = null;
  }

  /**
   * Closes the multipart on the site, then forgets. What cannot be closed now stays in the journal, and this throws.
   */
  async forget(): Promise<void> {
    const { opened, journal } = this;
    if (opened?.mode === "multipart") await this.job.port.abort(opened.ticket, this.job.signal);
    await journal?.remove();
    this.journal = null;
    this.opened = null;
    this.parts.clear();
    this.resumedParts = 0;
    this.sentParts = 0;
    this.progress.startOver();
  }

  async closeJournal(): Promise<void> {
    await this.journal?.close();
    this.journal = null;
  }

  /** Said once: there is nothing to compare the bytes with. */
  noteOpaqueEtags(): void {
    if (this.#etagsAreMd5)
      this.progress.note("The storage's ETags are not MD5 (encryption): parts are not compared with them.");
    this.#etagsAreMd5 = false;
  }

  get etagsAreMd5(): boolean {
    return this.#etagsAreMd5;
  }

  #header(about: Pick<JournalHeader, "identity" | "partSizeBytes">): JournalHeader {
    return {
      kind: "header",
      version: 1,
      direction: "upload",
      key: keepableKey(this.job.key),
      intent: { ...this.job.intent },
      startedAtMs: this.context.nowMs(),
      partialPath: null,
      ...about,
    };
  }
}

/** A key as it may be kept: an address outside the site may be signed. */
export function keepableKey(key: TransferKey): JournalHeader["key"] {
  const { site, record, field, path, detail } = key;
  return {
    site,
    record: redactText(record),
    field,
    path,
    ...(detail === undefined ? {} : { detail: redactText(detail) }),
  };
}
