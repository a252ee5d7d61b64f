import { basename } from "node:path";
import type { EngineContext } from "./context.ts";
import { replayDownload } from "./download-state.ts";
import type { FileHash } from "./file-hash.ts";
import { IntervalSet } from "./interval-set.ts";
import { Journal, readJournal, removeJournal } from "./journal.ts";
import { JournalDamaged } from "./journal-records.ts";
import { PartialFile, partialPathFor } from "./partial-file.ts";
import { Progress } from "./progress.ts";
import { damagedError } from "./recall-upload.ts";
import { Ledger } from "./retry.ts";
import { SMALL_BYTES } from "./small-file.ts";
import { isPinned, type StoredObject } from "./stored-object.ts";
import type { DownloadJob } from "./types.ts";
import { keepableKey } from "./upload-run.ts";

/** Below this a download that breaks off is begun again rather than remembered through a power cut. */
const DURABLE_BYTES = 16 * 1024 * 1024;

/** One download to a file while it runs: the unfinished file and its journal, which live and die together. */
export class DownloadRun {
  readonly context: EngineContext;
  readonly job: DownloadJob;
  readonly id: string;
  readonly label: string;
  readonly partialPath: string;
  readonly ledger = new Ledger();
  readonly progress: Progress;
  /** Bytes that are in the unfinished file. */
  held = new IntervalSet();
  /** Of those, what an earlier run brought. */
  resumedBytes = 0;
  object: StoredObject | null = null;
  partial: PartialFile | null = null;
  hash: FileHash | null = null;
  #journal: Journal | null = null;
  #unsettled: { offset: number; bytes: number }[] = [];
  #settling: Promise<void> = Promise.resolve();

  constructor(context: EngineContext, job: DownloadJob, id: string, target: string) {
    this.context = context;
    this.job = job;
    this.id = id;
    this.label = `"${basename(target)}"`;
    this.partialPath = partialPathFor(target, id);
    this.progress = new Progress(job.onEvent);
  }

  /** Takes up what an earlier run left, if it can be gone on with. Throws E_JOURNAL for a damaged journal. */
  async recall(): Promise<void> {
    const { journalDir } = this.context.options;
    try {
      const read = await readJournal(journalDir, this.id);
      if (!read) return;
      const { header, object, held } = replayDownload(read.records);
      const path = header.partialPath === this.partialPath ? this.partialPath : null;
      const partial =
        path && object && !this.job.restart ? await PartialFile.reopen(path, held.endBytes) : undefined;
      if (!partial || !object) return await this.forget();
      this.#journal = await Journal.reopen(journalDir, this.id, read);
      this.partial = partial;
      this.object = { ...object, ranged: true, encrypted: object.encrypted };
      this.held = held;
      this.resumedBytes = held.totalBytes;
      this.ledger.note(held.totalBytes, true);
    } catch (thrown) {
      if (!(thrown instanceof JournalDamaged)) throw thrown;
      if (!this.job.restart) throw damagedError(this.id, this.label, thrown);
      await this.forget();
    }
  }

  /** The first answer came: from now on there is a file, and a memory of it where it can be gone on with. */
  async begin(object: StoredObject): Promise<void> {
    await this.partial?.remove();
    this.partial = await PartialFile.create(this.partialPath, object.sizeBytes);
    this.object = object;
    const { sizeBytes, etag, lastModified, contentType, encrypted } = object;
    // A small one has nothing worth going on with.
    if (sizeBytes === null || sizeBytes <= SMALL_BYTES || !object.ranged || !isPinned(object)) return;
    this.#journal = await Journal.create(
      this.context.options.journalDir,
      this.id,
      [
        {
          kind: "header",
          version: 1,
          direction: "download",
          key: keepableKey(this.job.key),
          intent: { ...this.job.intent },
          startedAtMs: this.context.nowMs(),
          identity: null,
          partSizeBytes: null,
          partialPath: this.partialPath,
        },
        { kind: "object", sizeBytes, etag, lastModified, contentType, encrypted },
      ],
      { durable: sizeBytes > DURABLE_BYTES },
    );
  }

  /** These bytes are in the file. */
  noteWritten(offset: number, bytes: number): void {
    this.held.add(offset, bytes);
    this.hash?.ready(offset, bytes);
    this.progress.accept(bytes);
  }

  /** A stretch came to its end, or broke off: it is flushed, and then remembered. Those that come together share the work. */
  settle(offset: number, bytes: number): void {
    if (!this.#journal || bytes === 0) return;
    this.#unsettled.push({ offset, bytes });
    this.#settling = this.#settling.then(async () => {
      const stretches = this.#unsettled.splice(0);
      if (stretches.length === 0 || !this.partial) return;
      try {
        await this.partial.flush();
        await this.#journal?.append(...stretches.map((each) => ({ kind: "range" as const, ...each })));
      } catch (thrown) {
        // What is not remembered is fetched again by the next run; this one has its bytes.
        this.progress.note(
          `The memory of ${this.label} could not be kept: ${thrown instanceof Error ? thrown.message : ""}`,
        );
      }
    });
  }

  /** Ends this run's hold; what is worth it is kept for the next one. */
  async pause(): Promise<void> {
    await this.#settling;
    await this.closeHash();
    const worth = this.#journal !== null && this.held.totalBytes > 0;
    if (!worth) return this.forget();
    await this.#journal?.close();
    await this.partial?.close();
    this.#journal = null;
  }

  /** The file and its memory go. */
  async forget(): Promise<void> {
    await this.#settling;
    await this.closeHash();
    await (this.partial ? this.partial.remove() : PartialFile.removeAt(this.partialPath));
    if (this.#journal) await this.#journal.remove();
    else await removeJournal(this.context.options.journalDir, this.id);
    this.#journal = null;
    this.partial = null;
    this.object = null;
    this.held = new IntervalSet();
    this.resumedBytes = 0;
    this.progress.startOver();
  }

  /** The file became the target: only its memory is left to remove. */
  async finish(): Promise<void> {
    await this.#settling;
    await this.#journal?.remove();
    this.#journal = null;
    this.partial = null;
  }

  async closeHash(): Promise<void> {
    await this.hash?.close();
    this.hash = null;
  }

  async settled(): Promise<void> {
    await this.#settling;
  }
}
