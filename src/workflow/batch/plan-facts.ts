import { formatRef, type RecordLink, type RecordRef } from "../../shared/records.ts";
import { textOf } from "../resolve-record.ts";
import type { Work } from "../types.ts";
import {
  exactlyOne,
  type Found,
  findById,
  findByName,
  foundRecord,
  linkIn,
  NamedRecords,
} from "./lookups.ts";
import type { RowRequest } from "./types.ts";

const LINK_TYPES = ["Shot", "Asset", "Sequence"] as const;

/** Everything that the site knows of the names in the rows of one project, asked for in batches; then answered row by row. */
export async function gatherFacts(
  work: Work,
  project: RecordRef,
  requests: readonly RowRequest[],
  mayCreate: boolean,
) {
  const names = (pick: (request: RowRequest) => string) => requests.map(pick).filter((each) => each !== "");
  const fields = await work.site.fields("Version", undefined, work.signal);
  const refs = names((each) => each.link).flatMap((each) => parseRef(each) ?? []);
  const plain = names((each) => (parseRef(each.link) ? "" : each.link));
  const [versions, tasks, tasksById, users, usersById, playlists, playlistsById] = await Promise.all([
    findByName(
      work,
      "Version",
      project,
      names((each) => each.code),
      ["entity"],
    ),
    findByName(
      work,
      "Task",
      project,
      names((each) => (isId(each.task) ? "" : each.task)),
      ["entity"],
    ),
    findById(
      work,
      "Task",
      names((each) => each.task)
        .filter(isId)
        .map(Number),
      ["entity"],
    ),
    peopleByName(
      work,
      names((each) => (isId(each.user) ? "" : each.user)),
    ),
    findById(
      work,
      "HumanUser",
      names((each) => each.user)
        .filter(isId)
        .map(Number),
    ),
    findByName(
      work,
      "Playlist",
      project,
      names((each) => (isId(each.playlist) ? "" : each.playlist)),
    ),
    findById(
      work,
      "Playlist",
      names((each) => each.playlist)
        .filter(isId)
        .map(Number),
    ),
  ]);
  const byType = new Map(
    await Promise.all(
      LINK_TYPES.map(async (type) => [type, await findByName(work, type, project, plain)] as const),
    ),
  );
  const refsFound = new Map<string, Found>();
  for (const type of new Set(refs.map((each) => each.type))) {
    const found = await findById(
      work,
      type,
      refs.filter((each) => each.type === type).map((each) => each.id),
    );
    for (const [id, row] of found) refsFound.set(`${type}:${id}`, foundRecord(type, row));
  }
  return {
    versions,
    statuses: fields.get("sg_status_list")?.validValues ?? [],
    link(request: RowRequest): Found | null {
      if (request.link === "") return null;
      const ref = parseRef(request.link);
      if (ref) return refsFound.get(formatRef(ref)) ?? { problem: `there is no ${formatRef(ref)}` };
      const types = request.linkType ? [request.linkType] : LINK_TYPES;
      const all = types.flatMap((type) =>
        (byType.get(type)?.get(request.link) ?? []).map((row) => ({ type, row })),
      );
      const [first] = all;
      if (first && all.length === 1) return foundRecord(first.type, first.row);
      if (all.length > 1)
        return {
          problem: `"${request.link}" is the name of ${all.map(({ type, row }) => `${type}:${row.id}`).join(", ")}`,
        };
      return { problem: `no ${types.join(", ")} is named "${request.link}"` };
    },
    task(request: RowRequest, link: RecordLink | null): Found | null {
      if (request.task === "") return null;
      if (isId(request.task)) {
        const row = tasksById.get(Number(request.task));
        return row ? foundRecord("Task", row) : { problem: `there is no Task:${request.task}` };
      }
      const all = tasks.get(request.task);
      const ofLink = link ? all.filter((row) => sameRef(linkIn(row.fields, "entity"), link)) : all;
      const found = exactlyOne("Task", request.task, ofLink);
      return "problem" in found && link ? { problem: `${found.problem} on ${formatRef(link)}` } : found;
    },
    user(request: RowRequest): Found | null {
      if (request.user === "") return null;
      if (!isId(request.user)) return exactlyOne("HumanUser", request.user, users.get(request.user));
      const row = usersById.get(Number(request.user));
      return row ? foundRecord("HumanUser", row) : { problem: `there is no HumanUser:${request.user}` };
    },
    playlist(request: RowRequest): { id: number | null; name: string } | { problem: string } | null {
      if (request.playlist === "") return null;
      if (isId(request.playlist)) {
        const row = playlistsById.get(Number(request.playlist));
        return row
          ? { id: row.id, name: textOf(row, "code") ?? request.playlist }
          : { problem: `there is no Playlist:${request.playlist}` };
      }
      const rows = playlists.get(request.playlist);
      if (rows.length === 0 && mayCreate) return { id: null, name: request.playlist };
      const found = exactlyOne("Playlist", request.playlist, rows);
      return "record" in found ? { id: found.record.id, name: request.playlist } : found;
    },
  };
}

/** People by name, or by login where no name says so. */
async function peopleByName(work: Work, names: readonly string[]): Promise<NamedRecords> {
  const byName = await findByName(work, "HumanUser", null, names);
  const byLogin = new NamedRecords("login");
  for (const login of new Set(names)) {
    if (byName.get(login).length > 0) continue;
    const found = await work.site.find("HumanUser", [["login", "is", login]], {
      fields: ["name", "login"],
      limit: 5,
      signal: work.signal,
    });
    for (const row of found) byLogin.add(row);
  }
  return byName.or(byLogin);
}

function isId(text: string): boolean {
  return /^\d+$/.test(text);
}

function parseRef(text: string): RecordRef | undefined {
  const match = /^([A-Z][A-Za-z0-9]*):(\d+)$/.exec(text);
  return match?.[1] ? { type: match[1], id: Number(match[2]) } : undefined;
}

function sameRef(a: RecordRef | null, b: RecordRef): boolean {
  return a !== null && a.type === b.type && a.id === b.id;
}
