import { displayName } from "../store/display-name.ts";
import { linksIn } from "../store/pairs.ts";
import { badParameters, notFound } from "../store/site-error.ts";
import type { Row } from "../types.ts";
import { type Call, contentType, jsonBody, QUERY_BODY } from "./call.ts";
import { matchingRows } from "./find.ts";
import { pageOf, pick } from "./paging.ts";
import { sendJson } from "./reply.ts";
import { recordPath } from "./resource.ts";

const PAGE = { defaultSize: 25, maximum: 25 };

/** The row that a row hangs on, as type and name; both empty when it hangs on nothing. */
function linkedTo(call: Call, row: Row): [type: string, name: string] {
  const [link] = linksIn(row.fields["entity"]);
  const target = link && call.sandbox.store.row(link.type, link.id);
  return target && !target.retired ? [target.type, displayName(target) ?? ""] : ["", ""];
}

function holdsEveryWord(words: readonly string[], texts: readonly string[]): boolean {
  const haystack = texts.join("\n").toLowerCase();
  return words.every((word) => haystack.includes(word));
}

/** `POST /entity/_text_search`: every word in the row's name or that of the row it hangs on; shortest name first. */
export async function textSearchRoute(call: Call): Promise<void> {
  const body = await jsonBody(call, QUERY_BODY);
  const vendor = contentType(call.req, QUERY_BODY);
  const { text, entity_types: types } = body;
  if (typeof types !== "object" || types === null) {
    throw badParameters({ entity_types: ["entity_types is missing"] });
  }
  if (typeof text !== "string" || text.trim() === "") {
    throw badParameters({ text: [text === undefined ? "text is missing" : "text must be filled"] });
  }
  const page = pageOf(body["page"], PAGE);
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const found: { row: Row; name: string; links: [string, string] }[] = [];
  for (const [type, filters] of Object.entries(types)) {
    if (!call.sandbox.store.type(type)) throw notFound(`Entity type '${type}' does not exist.`);
    for (const row of matchingRows(call, type, filters, vendor)) {
      const name = displayName(row) ?? "";
      const links = linkedTo(call, row);
      if (holdsEveryWord(words, [name, links[1]])) found.push({ row, name, links });
    }
  }
  found.sort((a, b) => a.name.length - b.name.length || a.row.id - b.row.id);
  const data = pick(found, page).map(({ row, name, links }) => ({
    id: row.id,
    type: row.type,
    attributes: { name, links, status: row.fields["sg_status_list"] ?? null },
    links: { self: recordPath(call, row.type, row.id) },
  }));
  sendJson(call.res, 200, { data });
}
