import * as v from "valibot";
import { createRecord, missingRecord, retireRecord, updateRecord } from "../files/write-record.ts";
import { quoteValue, SiteError } from "../store/site-error.ts";
import { argsOf, type RpcCall, type RpcMethod, typeOf, writerOf } from "./call.ts";
import { entityOf } from "./read.ts";

const Fields = v.array(
  v.object({
    field_name: v.string(),
    value: v.optional(v.unknown(), null),
    multi_entity_update_mode: v.optional(v.picklist(["set", "add", "remove"])),
  }),
);

const CreateArgs = v.object({
  type: v.string(),
  fields: Fields,
  return_fields: v.optional(v.array(v.string()), []),
});
const UpdateArgs = v.object({ type: v.string(), id: v.number(), fields: Fields });
const RecordArgs = v.object({ type: v.string(), id: v.number() });

function valuesOf(fields: v.InferOutput<typeof Fields>): Record<string, unknown> {
  return Object.fromEntries(
    fields.map(({ field_name: name, value, multi_entity_update_mode: mode }) => [
      name,
      mode === undefined ? value : { multi_entity_update_mode: mode, value },
    ]),
  );
}

/** `create`: the fields that were set and those asked for (contract/rpc.md 4.3). */
export const create: RpcMethod = (call, args) => {
  const wanted = argsOf(call, CreateArgs, args);
  const { type } = typeOf(call, wanted.type);
  const values = valuesOf(wanted.fields);
  const row = createRecord(writerOf(call), type, values);
  return entityOf(call.sandbox, row, [...Object.keys(values), ...wanted.return_fields]);
};

/** `update`: the fields that were set, as they are now. */
export const update: RpcMethod = (call, args) => {
  const wanted = argsOf(call, UpdateArgs, args);
  const { type } = typeOf(call, wanted.type);
  const values = valuesOf(wanted.fields);
  const row = updateRecord(writerOf(call), type, wanted.id, values);
  return entityOf(call.sandbox, row, Object.keys(values));
};

function recordArgs(call: RpcCall, args: unknown): v.InferOutput<typeof RecordArgs> {
  const wanted = argsOf(call, RecordArgs, args);
  typeOf(call, wanted.type);
  if (!call.sandbox.store.row(wanted.type, wanted.id)) throw missingRecord(wanted.type, wanted.id);
  return wanted;
}

/** `delete`: false when the record was retired already; a Fault when it never was. */
export const retire: RpcMethod = (call, args) => {
  const { type, id } = recordArgs(call, args);
  return retireRecord(writerOf(call), type, id);
};

/** `revive`: false when the record is live. */
export const revive: RpcMethod = (call, args) => {
  const { type, id } = recordArgs(call, args);
  return call.sandbox.store.revive(type, id, call.caller.as);
};

const BATCHED: Readonly<Record<string, RpcMethod>> = { create, update, delete: retire, revive };

/** `batch`: several of the above in their order, all or nothing. */
export const batch: RpcMethod = (call, args) => {
  const requests = argsOf(call, v.array(v.looseObject({ request_type: v.string() })), args);
  return call.sandbox.store.transaction(() =>
    requests.map((request) => {
      const method = Object.hasOwn(BATCHED, request.request_type) ? BATCHED[request.request_type] : undefined;
      if (!method) {
        throw new SiteError(400, `API batch() invalid/missing string 'request_type': ${quoteValue(request)}`);
      }
      return method(call, request);
    }),
  );
};
