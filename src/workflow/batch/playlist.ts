import { SgmediaError } from "../../shared/errors.ts";
import type { RecordRef } from "../../shared/records.ts";
import { LostReply } from "../../transfer/ports.ts";
import type { Work } from "../types.ts";

/** The playlist by id, or made under its name in the project. A lost reply is settled by looking. */
export async function ensurePlaylist(
  work: Work,
  wanted: { id: number | null; name: string },
  project: RecordRef,
): Promise<RecordRef> {
  if (wanted.id !== null) return { type: "Playlist", id: wanted.id };
  const there = await lookFor(work, wanted.name, project);
  if (there) return there;
  try {
    const made = await work.site.create(
      "Playlist",
      { code: wanted.name, project: { type: project.type, id: project.id } },
      work.signal,
    );
    return { type: "Playlist", id: made.id };
  } catch (thrown) {
    const made = thrown instanceof LostReply ? await lookFor(work, wanted.name, project) : undefined;
    if (made) return made;
    throw thrown instanceof LostReply
      ? new SgmediaError("E_NETWORK", `Making the playlist "${wanted.name}" got no answer.`, {
          why: thrown.message,
          fix: "Run the command again.",
          cause: thrown,
        })
      : thrown;
  }
}

async function lookFor(work: Work, name: string, project: RecordRef): Promise<RecordRef | undefined> {
  const found = await work.site.find(
    "Playlist",
    [
      ["project", "is", { type: project.type, id: project.id }],
      ["code", "is", name],
    ],
    {
      fields: ["code"],
      limit: 5,
      signal: work.signal,
    },
  );
  const exact = found.find((each) => each.fields["code"] === name);
  return exact ? { type: "Playlist", id: exact.id } : undefined;
}

/** Appends the Versions that are not on it yet, in the order given. */
export async function addToPlaylist(
  work: Work,
  playlist: RecordRef,
  versions: readonly RecordRef[],
): Promise<void> {
  const now = await versionsOf(work, playlist);
  const missing = versions.filter((each) => !now.some((there) => there.id === each.id));
  if (missing.length > 0) await work.site.addLinks(playlist, "versions", missing, work.signal);
  const after = await versionsOf(work, playlist);
  const lost = versions.filter((each) => !after.some((there) => there.id === each.id));
  if (lost.length > 0) {
    throw new SgmediaError(
      "E_SITE",
      `${lost.length} Versions are not on playlist ${playlist.id} after adding them.`,
      {
        why: `The first is Version:${lost[0]?.id}.`,
        fix: "Run the command again: what is done is not done twice.",
      },
    );
  }
}

/** The Versions of a playlist in its order. */
export async function versionsOf(work: Work, playlist: RecordRef): Promise<RecordRef[]> {
  const found = await work.site.read(playlist, ["versions"], work.signal);
  const list = found?.fields["versions"];
  if (!Array.isArray(list)) return [];
  return list.flatMap((each: unknown) => {
    const id = typeof each === "object" && each !== null ? (each as { id?: unknown }).id : undefined;
    return typeof id === "number" ? [{ type: "Version", id }] : [];
  });
}
