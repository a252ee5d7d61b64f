import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { SgmediaError } from "../shared/errors.ts";
import { type DownloadCandidate, findCandidates } from "./download-candidates.ts";
import { describeItem } from "./download-item.ts";
import { downloadOne, nameTarget } from "./download-one.ts";
import { forEachAtOnce } from "./each.ts";
import { type OutputPlace, readOutput } from "./output-path.ts";
import type { DownloadInput, DownloadRow, Work } from "./types.ts";

/** `sgmedia download`: find what is meant, then fetch each item beside its target, prove it, and put it in place. */
export async function downloadMedia(work: Work, input: DownloadInput): Promise<DownloadRow[]> {
  const candidates = await findCandidates(work, input);
  const place = await readOutput(input.output, work.cwd, candidates.length > 1);
  if (!work.dryRun) await makeFolder(place);
  const taken = new Set<string>();
  let named: Promise<unknown> = Promise.resolve();
  const run = async (candidate: DownloadCandidate): Promise<DownloadRow> => {
    const described = describeItem(work, input, candidate);
    // Two of one name are numbered in the order of the items, not in that in which the site describes them.
    const target = Promise.allSettled([described, named]).then(async () =>
      nameTarget(input, await described, place, taken),
    );
    named = target.catch(() => {});
    return downloadOne(work, input, await target, taken);
  };
  const [only] = candidates;
  if (candidates.length === 1 && only) return [await run(only)];
  work.progress.expect({ items: candidates.length, bytes: null });
  return forEachAtOnce<DownloadCandidate, DownloadRow>(candidates, work.jobs, run, (candidate, error) => ({
    ok: false,
    ...(candidate.kind === "field" ? { entity: candidate.record, rendition: candidate.rendition } : {}),
    error: error.toDocument(),
  }));
}

async function makeFolder(place: OutputPlace): Promise<void> {
  if (place.kind === "stdout") return;
  const folder = place.kind === "folder" ? place.path : dirname(place.path);
  try {
    await mkdir(folder, { recursive: true });
  } catch (thrown) {
    throw new SgmediaError("E_DISK", `The folder ${folder} cannot be made.`, {
      why: thrown instanceof Error ? thrown.message : String(thrown),
      fix: "Give another place with -o.",
      cause: thrown,
    });
  }
}
