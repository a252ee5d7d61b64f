import { findFfmpeg } from "../../../src/media/ffmpeg/index.ts";

/** The programs to test with: the one that npm brings, always, and this machine's own where it has one. */
export async function ffmpegs(): Promise<[name: string, path: string][]> {
  const packaged = await findFfmpeg({ PATH: "" });
  const own = await findFfmpeg({ PATH: process.env["PATH"] });
  return own === packaged
    ? [["npm", packaged]]
    : [
        ["npm", packaged],
        ["PATH", own],
      ];
}

export const ASSETS = new URL("../../assets/", import.meta.url).pathname;
