import { opendir } from "node:fs/promises";
import { systemCode } from "../../shared/errors.ts";
import { type Cookie, formatFrame } from "./cookie.ts";
import { FramesAbsent, frameError } from "./frame-error.ts";
import { type FrameGroup, groupByWidth, readFrameName } from "./frame-name.ts";

/** Names of what is in a folder, folders left out, one by one. Throws E_FRAMES where it cannot be read. */
async function* namesIn(folder: string, signal: AbortSignal): AsyncGenerator<string> {
  try {
    for await (const entry of await opendir(folder, { bufferSize: 512 })) {
      signal.throwIfAborted();
      if (!entry.isDirectory()) yield entry.name;
    }
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    const code = systemCode(thrown);
    const fix = "Check the path, and that the shared file system is mounted here.";
    if (code === "ENOENT" || code === "ENOTDIR") {
      throw new FramesAbsent(`The folder ${folder} is not there.`, null, fix);
    }
    throw frameError(
      `The folder ${folder} cannot be read.`,
      `The system answered ${code ?? String(thrown)}.`,
      fix,
    );
  }
}

/** Every sequence in a folder, single numbered images among them. */
export async function groupsIn(folder: string, signal: AbortSignal): Promise<FrameGroup[]> {
  const found = new Map<string, { prefix: string; suffix: string; digits: string[] }>();
  for await (const name of namesIn(folder, signal)) {
    const frame = readFrameName(name);
    if (!frame) continue;
    const key = `${frame.prefix}\0${frame.suffix}`;
    const group = found.get(key);
    if (group) group.digits.push(frame.digits);
    else found.set(key, { prefix: frame.prefix, suffix: frame.suffix, digits: [frame.digits] });
  }
  return [...found.values()].flatMap((each) => groupByWidth(each.prefix, each.suffix, each.digits));
}

export interface FramesOnDisk {
  /** Ascending, those whose names are written as the cookie says. */
  readonly frames: readonly number[];
  /** The numbers of files that differ in how the number is written. */
  readonly otherDigits: readonly string[];
}

/** The frames of one pattern in a folder. */
export async function framesIn(
  folder: string,
  name: { readonly prefix: string; readonly cookie: Cookie; readonly suffix: string },
  signal: AbortSignal,
): Promise<FramesOnDisk> {
  const frames: number[] = [];
  const otherDigits: string[] = [];
  for await (const each of namesIn(folder, signal)) {
    if (!each.startsWith(name.prefix) || !each.endsWith(name.suffix)) continue;
    const middle = each.slice(name.prefix.length, each.length - name.suffix.length);
    if (each.length < name.prefix.length + name.suffix.length || !/^ *-?\d{1,10}$/.test(middle)) continue;
    const frame = Number(middle);
    if (formatFrame(name.cookie, frame) === middle) frames.push(frame);
    else otherDigits.push(middle);
  }
  return { frames: frames.sort((a, b) => a - b), otherDigits };
}
