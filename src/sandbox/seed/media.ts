import { createHash } from "node:crypto";
import { extensionOf } from "../files/content-type.ts";
import { SEED_FACTS, SEED_MEDIA, type SeedFile } from "../seed-media/seed-media.ts";
import type { Link, ObjectStorage, Store, StoredFile, StoredPicture } from "../types.ts";
import type { Production } from "./production.ts";

/** Ids that people know from the tutorials; everything made later has higher ones. */
const KNOWN_IDS = { noMedia: 23404, movie: 23425, still: 23426, attachment: 111339 } as const;
const FIRST_RENDITION = 111330;

type Upload = Extract<StoredFile, { linkType: "upload" }>;

async function keep(storage: ObjectStorage, { name, contentType, base64 }: SeedFile): Promise<Upload> {
  const bytes = Buffer.from(base64, "base64");
  const key = `${createHash("sha1").update(bytes).digest("hex")}/${name}`;
  await storage.write(key, bytes, contentType);
  return { linkType: "upload", key, name, contentType, sizeBytes: bytes.length };
}

function readyPicture(original: Upload, small: Upload, nowMs: number): StoredPicture {
  return {
    originalKey: original.key,
    smallKey: small.key,
    name: original.name,
    contentType: original.contentType,
    readyAtMs: nowMs,
    readsWhilePending: 1,
  };
}

/** What the seed keeps on the storage before any row is written. */
export async function storeSeedFiles(storage: ObjectStorage) {
  const { movie, mp4, full, small, filmstrip, still, stillSmall, stillMp4, png } = SEED_MEDIA;
  return {
    movie: await keep(storage, movie),
    mp4: await keep(storage, mp4),
    full: await keep(storage, full),
    small: await keep(storage, small),
    filmstrip: await keep(storage, filmstrip),
    still: await keep(storage, still),
    stillSmall: await keep(storage, stillSmall),
    stillMp4: await keep(storage, stillMp4),
    png: await keep(storage, png),
  };
}

export type SeedFiles = Awaited<ReturnType<typeof storeSeedFiles>>;

function attach(
  store: Store,
  file: Upload,
  wanted: { id: number; by: Link; project: Link; record: Link | null },
): Link {
  const row = store.insert(
    "Attachment",
    {
      this_file: file,
      filename: file.name,
      original_fname: file.name,
      display_name: file.name,
      file_extension: extensionOf(file.name),
      file_size: null,
      sg_status_list: "na",
      project: wanted.project,
      attachment_links: wanted.record ? [wanted.record] : [],
    },
    wanted.by,
    wanted.id,
  );
  return { type: "Attachment", id: row.id };
}

/** The three Versions and Attachment 111339, as if they had been uploaded and transcoded. */
export function seedVersions(
  store: Store,
  files: SeedFiles,
  show: Production,
  about: { by: Link; nowMs: number },
): void {
  const { project, shots, compTask, playlist } = show;
  const { by, nowMs } = about;
  const version = (
    id: number,
    code: string,
    entity: Link | undefined,
    more: Record<string, unknown>,
  ): Link => {
    const fields = {
      project,
      code,
      entity: entity ?? null,
      user: by,
      sg_status_list: "rev",
      flagged: false,
      client_approved: false,
      sg_frames_have_slate: false,
      sg_movie_has_slate: false,
      ...more,
    };
    return { type: "Version", id: store.insert("Version", fields, by, id).id };
  };
  const empty = version(KNOWN_IDS.noMedia, "sh010_comp_v005", shots[0], {
    sg_task: compTask,
    description: "No media yet",
  });
  const movie = version(KNOWN_IDS.movie, "sh010_comp_v004", shots[0], {
    sg_task: compTask,
    frame_count: 24,
    frame_range: "1001-1024",
    sg_first_frame: 1001,
    sg_last_frame: 1024,
    sg_path_to_movie: "/mnt/projects/project_x/sh010/comp/sh010_comp_v004.mov",
    sg_path_to_frames: "/mnt/projects/project_x/sh010/comp/sh010_comp_v004.%04d.exr",
    description: "A movie with its renditions",
  });
  const still = version(KNOWN_IDS.still, "sh020_concept_v001", shots[1], { description: "A still" });

  const place = (file: Upload, id: number, record: Link | null) =>
    attach(store, file, { id, by, project, record });
  store.change(
    "Version",
    movie.id,
    {
      sg_uploaded_movie: place(files.movie, FIRST_RENDITION, movie),
      sg_uploaded_movie_mp4: place(files.mp4, FIRST_RENDITION + 1, null),
      image: readyPicture(files.full, files.small, nowMs),
      filmstrip_image: readyPicture(files.filmstrip, files.filmstrip, nowMs),
      sg_uploaded_movie_frame_rate: Number(SEED_FACTS.movie.frameRate),
      uploaded_movie_duration: Number(SEED_FACTS.movie.durationSeconds),
      sg_uploaded_movie_transcoding_status: 1,
    },
    by,
  );
  store.change(
    "Version",
    still.id,
    {
      sg_uploaded_movie: place(files.still, FIRST_RENDITION + 2, still),
      sg_uploaded_movie_mp4: place(files.stillMp4, FIRST_RENDITION + 3, null),
      sg_uploaded_movie_image: place(files.still, FIRST_RENDITION + 4, null),
      image: readyPicture(files.still, files.stillSmall, nowMs),
      filmstrip_image: readyPicture(files.still, files.stillSmall, nowMs),
      sg_uploaded_movie_frame_rate: Number(SEED_FACTS.still.frameRate),
      uploaded_movie_duration: Number(SEED_FACTS.still.durationSeconds),
      sg_uploaded_movie_transcoding_status: 1,
    },
    by,
  );
  place(files.png, KNOWN_IDS.attachment, shots[0] ?? empty);
  for (const [at, each] of [movie, still, empty].entries()) {
    store.insert("PlaylistVersionConnection", { playlist, version: each, sg_sort_order: at + 1 }, by);
  }
}
