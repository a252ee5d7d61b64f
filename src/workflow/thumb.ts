import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, parse } from "node:path";
import { SgmediaError } from "../shared/errors.ts";
import { formatRef, type RecordRef } from "../shared/records.ts";
import { downloadMedia } from "./download.ts";
import { type InputFile, inspectInput } from "./input-files.ts";
import { requireFileField } from "./media-field.ts";
import { resolveRecord } from "./resolve-record.ts";
import type { DownloadInput, ThumbInput, ThumbRow, Work } from "./types.ts";
import { uploadOne } from "./upload-one.ts";

const STRIP_FRAME_PIXELS = 240;

/** `sgmedia thumb`: gets, sets or clears the thumbnail and the filmstrip of a record. */
export async function thumb(work: Work, input: ThumbInput): Promise<ThumbRow[]> {
  const { action } = input;
  if (action.kind === "get") return getPicture(work, input, action);
  const record = await resolveRecord(work, input.record);
  if (action.kind === "clear") return [await clear(work, record)];
  const field = action.kind === "set" ? "image" : "filmstrip_image";
  await requireFileField(work, record.type, field);
  if (action.kind === "filmstrip-from") return [await setFromMovie(work, input, record, action.movie)];
  const file = await inspectInput(action.image, work.cwd);
  if (action.kind === "set" && (await isMovie(file))) return [await setPoster(work, input, record, file)];
  if (field === "filmstrip_image") await checkStripWidth(work, file);
  return [await setPicture(work, input, record, field, file)];
}

async function getPicture(
  work: Work,
  input: ThumbInput,
  action: Extract<ThumbInput["action"], { kind: "get" }>,
): Promise<ThumbRow[]> {
  const request: DownloadInput = {
    what: { kind: "record", record: input.record, rendition: action.size, field: null },
    output: action.output,
    nameTemplate: null,
    ifExists: input.ifExists,
    verify: false,
    restart: false,
    waitSeconds: input.waitSeconds,
    stdout: input.stdout,
  };
  const [row] = await downloadMedia(work, request);
  if (!row?.ok) throw new SgmediaError("E_BUG", "A single download gave no row.");
  const entity = row.entity ?? { type: input.record.type, id: Number(input.record.key) };
  const base = { ok: true as const, entity, field: row.field ?? "image", output: row.output };
  if (row.planned) return [{ ...base, planned: true }];
  if (row.output === null) return [base];
  const { sniffFile } = await import("../media/sniff/sniff-file.ts");
  const kind = await sniffFile(row.output);
  return [{ ...base, format: kind.format, ...(row.sizeBytes === null ? {} : { sizeBytes: row.sizeBytes }) }];
}

async function setPicture(
  work: Work,
  input: ThumbInput,
  record: RecordRef,
  field: string,
  file: InputFile,
): Promise<ThumbRow> {
  const row = await uploadOne(
    work,
    {
      record,
      field,
      picture: true,
      displayName: null,
      tagIds: [],
      tags: [],
      ifExists: "new",
      verify: false,
      restart: false,
      waitSeconds: null,
    },
    file,
  );
  if (!row.ok) throw new SgmediaError("E_BUG", "A single upload gave no row.");
  if (row.planned) return { ok: true, entity: record, field, planned: true };
  if (input.waitSeconds !== null) {
    const { waitForMedia } = await import("./media-wait.ts");
    await waitForMedia(work, record, field, input.waitSeconds);
  }
  return { ok: true, entity: record, field, ...(row.attachment ? { attachment: row.attachment } : {}) };
}

async function setFromMovie(
  work: Work,
  input: ThumbInput,
  record: RecordRef,
  movie: string,
): Promise<ThumbRow> {
  const file = await inspectInput(movie, work.cwd);
  const make: MakePicture = async (ffmpeg, out) => {
    const { makeFilmstrip } = await import("../media/ffmpeg/index.ts");
    await makeFilmstrip(ffmpeg, file.path, out, { frameWidth: STRIP_FRAME_PIXELS }, work.signal);
  };
  return setMadePicture(work, input, record, file, { field: "filmstrip_image", what: "filmstrip", make });
}

/** A movie is no picture, but has one in it. */
async function setPoster(
  work: Work,
  input: ThumbInput,
  record: RecordRef,
  file: InputFile,
): Promise<ThumbRow> {
  const make: MakePicture = async (ffmpeg, out) => {
    const { makePoster } = await import("../media/ffmpeg/index.ts");
    await makePoster(ffmpeg, file.path, out, {}, work.signal);
  };
  work.progress.note(`"${file.shown}" is a movie: a frame of it becomes the thumbnail.`);
  return setMadePicture(work, input, record, file, { field: "image", what: "poster", make });
}

type MakePicture = (ffmpeg: string, out: string) => Promise<void>;

/** Makes a picture of a movie in a temporary folder and sets it. */
async function setMadePicture(
  work: Work,
  input: ThumbInput,
  record: RecordRef,
  movie: InputFile,
  { field, what, make }: { field: string; what: string; make: MakePicture },
): Promise<ThumbRow> {
  if (work.dryRun) return { ok: true, entity: record, field, planned: true };
  const { findFfmpeg } = await import("../media/ffmpeg/index.ts");
  const folder = await mkdtemp(join(tmpdir(), "sgmedia-thumb-"));
  const step = work.progress.step(`making a ${what} of ${movie.name}`);
  try {
    const picture = join(folder, `${parse(movie.name).name}_${what}.jpg`);
    await make(await findFfmpeg(work.env), picture);
    step.done();
    return await setPicture(work, input, record, field, await inspectInput(picture, work.cwd));
  } catch (thrown) {
    step.failed();
    throw thrown;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function isMovie(file: InputFile): Promise<boolean> {
  const { sniffFile } = await import("../media/sniff/sniff-file.ts");
  return (await sniffFile(file.path)).family === "movie";
}

/** A filmstrip is a row of frames 240 pixels wide each (contract/rpc.md 2). */
async function checkStripWidth(work: Work, file: InputFile): Promise<void> {
  const { imageSize } = await import("../media/ffmpeg/index.ts");
  const { width } = await imageSize(file.path, work.env, work.signal);
  if (width % STRIP_FRAME_PIXELS === 0) return;
  throw new SgmediaError(
    "E_INPUT_WRONG_KIND",
    `"${file.shown}" is no filmstrip: it is ${width} pixels wide.`,
    {
      why: `A filmstrip is a row of frames, each ${STRIP_FRAME_PIXELS} pixels wide.`,
      fix: `Make one from a movie: --filmstrip-from shot.mov, or give a width of ${Math.max(1, Math.round(width / STRIP_FRAME_PIXELS)) * STRIP_FRAME_PIXELS}.`,
    },
  );
}

/** Clearing `image` clears the filmstrip too: so does the site (contract/rest.md 6.6). */
async function clear(work: Work, record: RecordRef): Promise<ThumbRow> {
  if (work.dryRun) return { ok: true, entity: record, field: "image", planned: true };
  await work.site.update(record, { image: null }, work.signal);
  const now = await work.site.media(record, "image", work.signal);
  if (now.kind !== "empty") {
    throw new SgmediaError("E_MISMATCH", `${formatRef(record)} has a thumbnail after it was cleared.`, {
      why: "Someone set another one at the same moment, or the site makes one anew.",
      fix: "Run the command again.",
    });
  }
  return { ok: true, entity: record, field: "image", cleared: true };
}
