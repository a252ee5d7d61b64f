import type { Grouping } from "../query/group-rows.ts";
import { type Summary, summarize } from "../query/summarize.ts";
import { badParameters } from "../store/site-error.ts";
import type { Row } from "../types.ts";
import { type Call, commaList, contentType, jsonBody, QUERY_BODY, typeOf } from "./call.ts";
import { filterIn, filterInQuery, findRows, sortsIn } from "./find.ts";
import { type Page, pageInQuery, pageLinks, pageOf, RECORD_PAGES } from "./paging.ts";
import { sendJson, sendRead } from "./reply.ts";
import { allFields, resourceOf } from "./resource.ts";

function listDocument(call: Call, type: string, rows: readonly Row[], fields: unknown, page: Page): unknown {
  const named = commaList(fields);
  const wanted = named === undefined || named.includes("*") ? allFields(call.sandbox, type) : named;
  return {
    data: rows.map((row) => resourceOf(call, row, wanted)),
    links: pageLinks(call.exchange.url, page),
  };
}

/** `GET /entity/{type}?filter[…]=&fields=&sort=&page[size]=&page[number]=` (contract/rest.md 4). */
export function listRoute(call: Call, segment: string): void {
  const { query, sandbox } = call;
  const type = typeOf(sandbox, segment);
  const page = pageOf(pageInQuery(query), RECORD_PAGES);
  const rows = findRows(call, type, {
    filter: filterInQuery(call, type),
    sorts: sortsIn(sandbox, type, query.get("sort")),
    page,
    options: optionsInQuery(query),
  });
  sendRead(call.res, listDocument(call, type, rows, query.get("fields") ?? undefined, page));
}

function optionsInQuery(query: URLSearchParams): Record<string, unknown> {
  const names = ["return_only", "include_archived_projects"];
  return Object.fromEntries(names.map((name) => [name, query.get(`options[${name}]`) ?? undefined]));
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

/** `POST /entity/{type}/_search`: the body filters; fields, sort and page may stand in the query too. */
export async function searchRoute(call: Call, segment: string): Promise<void> {
  const { query, sandbox } = call;
  const type = typeOf(sandbox, segment);
  const body = await jsonBody(call, QUERY_BODY);
  const vendor = contentType(call.req, QUERY_BODY);
  const page = pageOf({ ...pageInQuery(query), ...objectOf(body["page"]) }, RECORD_PAGES);
  const rows = findRows(call, type, {
    filter: filterIn(body["filters"], vendor),
    sorts: sortsIn(sandbox, type, body["sort"] ?? query.get("sort")),
    page,
    options: { ...optionsInQuery(query), ...objectOf(body["options"]) },
  });
  const fields = body["fields"] ?? query.get("fields") ?? undefined;
  sendJson(call.res, 200, listDocument(call, type, rows, fields, page));
}

const SUMMARY_TYPES = [
  "record_count",
  "count",
  "sum",
  "maximum",
  "minimum",
  "average",
  "earliest",
  "latest",
  "percentage",
  "status_percentage",
  "status_percentage_as_float",
  "status_list",
  "checked",
  "unchecked",
];

function summariesIn(value: unknown): Summary[] {
  if (!Array.isArray(value)) throw badParameters({ summary_fields: ["summary_fields is missing"] });
  return value.map((each: unknown, index) => {
    const { field, type, value: counted } = objectOf(each);
    if (typeof field !== "string")
      throw badParameters({ summary_fields: { [index]: { field: ["field is missing"] } } });
    if (typeof type !== "string" || !SUMMARY_TYPES.includes(type)) {
      const words = `type must be one of: ${SUMMARY_TYPES.join(", ")}`;
      throw badParameters({ summary_fields: { [index]: { type: [words] } } });
    }
    return { field, type, value: counted };
  });
}

function groupingsIn(value: unknown): Grouping[] {
  if (!Array.isArray(value)) return [];
  return value.map((each: unknown) => {
    const { field, type, direction } = objectOf(each);
    return {
      field: String(field),
      type: typeof type === "string" ? type : "exact",
      direction: direction === "desc" ? "desc" : "asc",
    };
  });
}

/** `POST /entity/{type}/_summarize`: counts without rows. */
export async function summarizeRoute(call: Call, segment: string): Promise<void> {
  const type = typeOf(call.sandbox, segment);
  const body = await jsonBody(call, QUERY_BODY);
  const options = objectOf(body["options"]);
  const data = summarize(call.sandbox, {
    type,
    filter: filterIn(body["filters"], contentType(call.req, QUERY_BODY)),
    summaries: summariesIn(body["summary_fields"]),
    groupings: groupingsIn(body["grouping"]),
    includeArchived: String(options["include_archived_projects"] ?? true) !== "false",
  });
  sendJson(call.res, 200, { data });
}
