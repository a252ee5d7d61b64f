import { createRecord, missingRecord, retireRecord, updateRecord } from "../files/write-record.ts";
import { badParameters } from "../store/site-error.ts";
import { type Call, jsonBody, typeOf, writerOf } from "./call.ts";
import { sendJson } from "./reply.ts";
import { allFields, createdResource, resourceOf } from "./resource.ts";

type Request = Record<string, unknown>;

function checkRequest(request: unknown, index: number): Request {
  const problem = (field: string, words: string) =>
    badParameters({ requests: { [index]: { [field]: [words] } } });
  if (typeof request !== "object" || request === null)
    throw problem("request_type", "request_type is missing");
  const checked = request as Request;
  for (const name of ["request_type", "entity"]) {
    if (typeof checked[name] !== "string") throw problem(name, `${name} is missing`);
  }
  const kind = checked["request_type"];
  if (kind !== "create" && kind !== "update" && kind !== "delete") {
    throw problem("request_type", "request_type must be one of: create, update, delete");
  }
  const data = checked["data"];
  if (kind !== "delete" && (typeof data !== "object" || data === null || Array.isArray(data))) {
    throw badParameters({
      data: ["data hash containing field/value pairs is required for the given request"],
    });
  }
  return checked;
}

function perform(call: Call, request: Request): Record<string, unknown> {
  const type = typeOf(call.sandbox, String(request["entity"]));
  const writer = writerOf(call);
  const id = Number(request["record_id"] ?? 0);
  const values = (request["data"] ?? {}) as Record<string, unknown>;
  switch (request["request_type"]) {
    case "create": {
      const row = createRecord(writer, type, values);
      return { data: createdResource(call, row, Object.keys(values)) };
    }
    case "update": {
      const row = updateRecord(writer, type, id, values);
      const data = resourceOf(call, row, allFields(call.sandbox, type));
      return { data, links: { self: data.links.self }, status: 200 };
    }
    default:
      if (!retireRecord(writer, type, id)) throw missingRecord(type, id);
      return { request_type: "delete", type, id, did_delete: true };
  }
}

/** `POST /entity/_batch`: in order, all or nothing, 200 (contract/rest.md 3). */
export async function batchRoute(call: Call): Promise<void> {
  const body = await jsonBody(call);
  const requests = body["requests"];
  if (!Array.isArray(requests)) throw badParameters({ requests: ["requests is missing"] });
  const checked = requests.map(checkRequest);
  const data = call.sandbox.store.transaction(() => checked.map((request) => perform(call, request)));
  sendJson(call.res, 200, { data });
}
