import type { Link, Row, Store } from "../types.ts";
import { linksIn } from "./pairs.ts";

const CONNECTION = "PlaylistVersionConnection";

/** The live join rows of a playlist, in the order a reviewer sees: `sg_sort_order`, rows without one last. */
function connectionsOf(store: Store, playlist: Link): Row[] {
  const found: Row[] = [];
  for (const row of store.rows(CONNECTION)) {
    if (!row.retired && linksIn(row.fields["playlist"]).some((link) => link.id === playlist.id))
      found.push(row);
  }
  const order = (row: Row): number =>
    typeof row.fields["sg_sort_order"] === "number" ? row.fields["sg_sort_order"] : Number.POSITIVE_INFINITY;
  return found.sort((a, b) => order(a) - order(b) || a.id - b.id);
}

/** Makes a join row for every Version that a playlist gained, and retires those of Versions it lost. */
export function connectionsFollowPlaylist(store: Store, playlist: Link, by: Link | null): void {
  const row = store.row("Playlist", playlist.id);
  if (!row) return;
  const wanted = linksIn(row.fields["versions"]).map((link) => link.id);
  const there = new Set<number>();
  for (const connection of connectionsOf(store, playlist)) {
    const version = linksIn(connection.fields["version"])[0]?.id;
    if (version !== undefined && wanted.includes(version)) there.add(version);
    else store.retire(CONNECTION, connection.id, by);
  }
  for (const id of wanted) {
    if (there.has(id)) continue;
    store.insert(
      CONNECTION,
      {
        playlist: { type: "Playlist", id: playlist.id },
        version: { type: "Version", id },
        sg_sort_order: null,
      },
      by,
    );
  }
}

/** The Versions of a playlist in the order of its join rows. */
export function versionsByConnection(store: Store, playlist: Link): Link[] {
  return connectionsOf(store, playlist).flatMap((row) => linksIn(row.fields["version"]));
}
