import files from "./files.json" with { type: "json" };

/** One small real file, ready to be stored. */
export interface SeedFile {
  name: string;
  contentType: string;
  base64: string;
}

/**
 * The media of a fresh sandbox. `movie` is a QuickTime movie of one second, 320 x 180, 24 fps, with sound; `mp4`, `full`,
 * `small` and `filmstrip` (six frames of 240 pixels) are its renditions; `still` is a JPEG of 320 x 180 with `stillSmall` and
 * `stillMp4` made from it; `png` (192 x 108) stands alone. Made with ffmpeg's own test patterns.
 */
export const SEED_MEDIA: Readonly<
  Record<
    "movie" | "mp4" | "full" | "small" | "filmstrip" | "still" | "stillSmall" | "stillMp4" | "png",
    Readonly<SeedFile>
  >
> = files;

/** What the transcoder would have read from `movie` and `still`: the fields are JSON strings (contract/local-storage.md E). */
export const SEED_FACTS = {
  movie: { frameRate: "24.0", durationSeconds: "1.0" },
  still: { frameRate: "25.0", durationSeconds: "0.04" },
} as const;
