import { randomBytes } from "node:crypto";
import type { Link, ObjectStorage, Store } from "../types.ts";
import { seedVersions, storeSeedFiles } from "./media.ts";
import { seedPeople } from "./people.ts";
import { seedProduction } from "./production.ts";

const SETTING = "seed.project";

/** The project that the ready document names; undefined on a folder that was never seeded. */
export function seededProject(store: Store): Link | undefined {
  return store.setting(SETTING) as Link | undefined;
}

/**
 * Fills a fresh site, once: people, a show, three Versions, an Attachment, storages. The bytes come first and the rows in one
 * change, so a site that was killed half-way is seeded anew.
 */
export async function seedSite(store: Store, storage: ObjectStorage, nowMs: number): Promise<void> {
  if (seededProject(store)) return;
  const files = await storeSeedFiles(storage);
  store.transaction(() => {
    const { person } = seedPeople(store, randomBytes);
    const show = seedProduction(store, person);
    seedVersions(store, files, show, { by: person, nowMs });
    store.setSetting(SETTING, show.project);
  });
}
