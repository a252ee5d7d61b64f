import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { openStore } from "../../../src/sandbox/store/store.ts";
import { findFfmpeg } from "../../../src/sandbox/transcode/find-ffmpeg.ts";
import { createTranscoder } from "../../../src/sandbox/transcode/transcoder.ts";
import type {
  Link,
  SandboxOptions,
  Store,
  StoredFile,
  StoredPicture,
  Transcoder,
} from "../../../src/sandbox/types.ts";
import { type FolderStorage, folderStorage } from "./folder-storage.ts";

export const ASSETS = new URL("../../assets/", import.meta.url).pathname;
export const DELAY_MS = 2000;

/** A store, a storage and a transcoder in a folder of their own, under a clock that stands still until it is moved. */
export interface Bench {
  store: Store;
  storage: FolderStorage;
  transcoder: Transcoder;
  problems: string[];
  clock: { ms: number };
  /** A transcoder over the same records, as after a restart. */
  again(options?: Partial<SandboxOptions>): Transcoder;
  newVersion(): Link;
  /** Stores a file of this disk and puts it on `sg_uploaded_movie`, without telling the transcoder. */
  attach(version: Link, path: string, name: string): Promise<Link>;
  upload(version: Link, path: string, name: string): Promise<Link>;
  /** Stores bytes and puts them on an image field, pending. */
  setPicture(
    record: Link,
    field: "image" | "filmstrip_image",
    path: string,
    name: string,
  ): Promise<StoredPicture>;
  fields(record: Link): Record<string, unknown>;
  /** The file of an Attachment that a field links to. */
  fileIn(record: Link, field: string): (StoredFile & { linkType: "upload" }) | null;
  picture(record: Link, field: string): StoredPicture | null;
  bytes(key: string): Promise<Buffer>;
  /** What ffmpeg says of stored bytes. */
  inspect(key: string): Promise<string>;
  close(): Promise<void>;
}

export async function openBench(env: Record<string, string | undefined> = { PATH: "" }): Promise<Bench> {
  const dir = await mkdtemp(join(tmpdir(), "sgmedia-bench-"));
  const clock = { ms: Date.UTC(2024, 0, 2) };
  const nowMs = (): number => clock.ms;
  const store = await openStore(join(dir, "records"), { nowMs });
  const objects = join(dir, "objects");
  const storage = folderStorage(objects);
  const problems: string[] = [];
  const started: Transcoder[] = [];
  const again = (options: Partial<SandboxOptions> = {}): Transcoder => {
    const all = { transcodeDelayMs: DELAY_MS, webm: false, ffmpeg: null, ...options } as SandboxOptions;
    const onProblem = (message: string): void => void problems.push(message);
    const made = createTranscoder({ store, storage, options: all, nowMs, env, onProblem });
    started.push(made);
    return made;
  };
  const project: Link = { type: "Project", id: store.insert("Project", { name: "bench" }, null).id };
  const fields = (record: Link): Record<string, unknown> => store.row(record.type, record.id)?.fields ?? {};
  let count = 0;
  const bring = async (path: string, name: string): Promise<StoredFile & { linkType: "upload" }> => {
    count += 1;
    const body = await readFile(path);
    const key = `uploads/${count}`;
    await storage.write(key, body, "application/octet-stream");
    return { linkType: "upload", key, name, contentType: "application/octet-stream", sizeBytes: body.length };
  };
  const attach = async (version: Link, path: string, name: string): Promise<Link> => {
    const row = store.insert("Attachment", { this_file: await bring(path, name), project }, null);
    const attachment: Link = { type: "Attachment", id: row.id };
    store.change(version.type, version.id, { sg_uploaded_movie: attachment }, null);
    return attachment;
  };
  const transcoder = again();

  return {
    ...{ store, storage, transcoder, problems, clock, again, fields },
    newVersion: () => ({ type: "Version", id: store.insert("Version", { code: "v", project }, null).id }),
    attach,
    async upload(version, path, name) {
      const attachment = await attach(version, path, name);
      transcoder.movie(version, attachment);
      return attachment;
    },
    async setPicture(record, field, path, name) {
      const { key, contentType } = await bring(path, name);
      const readyAtMs = clock.ms + DELAY_MS;
      const picture = {
        originalKey: key,
        smallKey: null,
        name,
        contentType,
        readyAtMs,
        readsWhilePending: 0,
      };
      store.change(record.type, record.id, { [field]: picture }, null);
      return picture;
    },
    fileIn(record, field) {
      const link = fields(record)[field] as Link | null | undefined;
      return link ? (fields(link)["this_file"] as StoredFile & { linkType: "upload" }) : null;
    },
    picture: (record, field) => (fields(record)[field] as StoredPicture | null | undefined) ?? null,
    bytes: (key) => readFile(join(objects, key)),
    async inspect(key) {
      const ffmpeg = await findFfmpeg(null, env);
      const args = [
        "-hide_banner",
        "-i",
        join(objects, key),
        "-map",
        "0:v:0",
        "-vf",
        "showinfo",
        "-f",
        "null",
        "-",
      ];
      return (await promisify(execFile)(ffmpeg, args)).stderr;
    },
    async close() {
      for (const each of started) await each.stop();
      await store.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
