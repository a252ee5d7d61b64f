import { SgmediaError } from "../shared/errors.ts";
import { LostReply } from "../transfer/ports.ts";
import type { Work } from "./types.ts";

/** Ids of Tag records by name, made where missing. A lost reply to a create is settled by looking again. */
export async function ensureTags(work: Work, names: readonly string[]): Promise<number[]> {
  const ids: number[] = [];
  for (const name of new Set(names)) {
    ids.push((await findTag(work, name)) ?? (await makeTag(work, name)));
  }
  return ids;
}

async function findTag(work: Work, name: string): Promise<number | undefined> {
  const found = await work.site.find("Tag", [["name", "is", name]], {
    fields: ["name"],
    limit: 10,
    signal: work.signal,
  });
  return (found.find((each) => each.fields["name"] === name) ?? found[0])?.id;
}

async function makeTag(work: Work, name: string): Promise<number> {
  try {
    return (await work.site.create("Tag", { name }, work.signal)).id;
  } catch (thrown) {
    if (!(thrown instanceof LostReply)) throw thrown;
    const made = await findTag(work, name);
    if (made !== undefined) return made;
    throw new SgmediaError("E_NETWORK", `Making the tag "${name}" got no answer.`, {
      why: thrown.message,
      fix: "Run the command again: nothing was sent yet.",
      cause: thrown,
    });
  }
}
