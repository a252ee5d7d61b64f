import { createRecord, missingRecord, retireRecord, updateRecord } from "../files/write-record.ts";
import { badParameters, notFound, SiteError } from "../store/site-error.ts";
import { type Call, commaList, jsonBody, readRow, typeOf, writerOf } from "./call.ts";
import { send, sendJson, sendRead } from "./reply.ts";
import { allFields, createdResource, recordDocument, recordPath } from "./resource.ts";

/** `POST /entity/{type}`. `fields` is ignored, as on every write (contract/rest.md 3). */
export async function createRoute(call: Call, segment: string): Promise<void> {
  const type = typeOf(call.sandbox, segment);
  const values = await jsonBody(call);
  const row = createRecord(writerOf(call), type, values);
  const data = createdResource(call, row, Object.keys(values));
  sendJson(call.res, 201, { data, links: { self: data.links.self } });
}

/** `GET /entity/{type}/{id}?fields=`. */
export async function readRoute(call: Call, segment: string, id: string): Promise<void> {
  const type = typeOf(call.sandbox, segment);
  const row = readRow(call, type, id);
  const fields = commaList(call.query.get("fields")) ?? allFields(call.sandbox, type);
  sendRead(call.res, recordDocument(call, row, fields));
}

/** `PUT /entity/{type}/{id}`: only what is named changes, the whole record comes back. */
export async function updateRoute(call: Call, segment: string, id: string): Promise<void> {
  const type = typeOf(call.sandbox, segment);
  const values = await jsonBody(call);
  const row = updateRecord(writerOf(call), type, Number(id), values);
  sendJson(call.res, 200, recordDocument(call, row, allFields(call.sandbox, type)));
}

/** `DELETE /entity/{type}/{id}`. */
export async function deleteRoute(call: Call, segment: string, id: string): Promise<void> {
  const type = typeOf(call.sandbox, segment);
  if (!retireRecord(writerOf(call), type, Number(id))) throw missingRecord(type, Number(id));
  send(call.res, 204, "");
}

/** `POST /entity/{type}/{id}?revive=true`. The body is not read. */
export async function reviveRoute(call: Call, segment: string, id: string): Promise<void> {
  const type = typeOf(call.sandbox, segment);
  const revive = call.query.get("revive");
  if (revive === null) throw badParameters({ revive: ["revive is missing"] });
  if (!["1", "true", "yes"].includes(revive)) throw badParameters({ revive: ["revive must be true"] });
  const number = Number(id);
  if (!call.sandbox.store.row(type, number)) throw missingRecord(type, number);
  const did = call.sandbox.store.revive(type, number, call.caller.as);
  const self = recordPath(call, type, number);
  sendJson(call.res, 200, { data: { type, id: number }, links: { self }, meta: { did_revive: did } });
}

/** `GET /entity/{type}/{id}/relationships/{field}`: the links of one field, all of them. */
export async function relationshipRoute(
  call: Call,
  segment: string,
  id: string,
  name: string,
): Promise<void> {
  const type = typeOf(call.sandbox, segment);
  const row = readRow(call, type, id);
  const field = call.sandbox.store.type(type)?.fields.get(name);
  if (!field || field.retired) throw notFound(`Field '${type}.${name}' does not exist.`);
  if (field.dataType !== "entity" && field.dataType !== "multi_entity") {
    throw new SiteError(400, `Field '${name}' is not a relationship field`, {
      source: { related_field: [" is not an Entity or Multi Entity field."] },
    });
  }
  const shown = recordDocument(call, row, [name])["data"] as {
    relationships: Record<string, { data: unknown }>;
  };
  const self = `${recordPath(call, type, row.id)}/relationships/${name}`;
  sendRead(call.res, { data: shown.relationships[name]?.data ?? null, links: { self } });
}
