import * as v from "valibot";
import type { Writer } from "../files/write-record.ts";
import { quoteValue, SiteError } from "../store/site-error.ts";
import type { Caller, Link, Sandbox, TypeSchema } from "../types.ts";

/** One JSON-RPC call by someone who signed in. */
export interface RpcCall {
  sandbox: Sandbox;
  caller: Caller;
  /** `read`, `create`, …; goes into the site's messages. */
  method: string;
}

/** Answers what stands under `results`. Throws SiteError for a Fault. */
export type RpcMethod = (call: RpcCall, args: unknown) => unknown;

export function writerOf({ sandbox, caller }: RpcCall): Writer {
  return { sandbox, caller, dialect: "rpc" };
}

/** The arguments in the shape that a method needs. Throws the Fault that names what is missing or wrong. */
export function argsOf<S extends v.GenericSchema>(call: RpcCall, schema: S, args: unknown): v.InferOutput<S> {
  const decoded = v.safeParse(schema, args ?? {});
  if (decoded.success) return decoded.output;
  const [issue] = decoded.issues;
  const where = v.getDotPath(issue) ?? "arguments";
  throw new SiteError(
    400,
    `API ${call.method}() invalid/missing ${issue.expected ?? "value"} '${where}': ${quoteValue(args)}`,
  );
}

/** The schema of a type by its CamelCase singular name. Throws the Fault of a type that is not there. */
export function typeOf(call: RpcCall, name: string): TypeSchema {
  const type = call.sandbox.store.type(name);
  if (type) return type;
  throw new SiteError(400, `API ${call.method}() invalid/missing string entity 'type': ${quoteValue(name)}`);
}

export const LinkSchema = v.object({ type: v.string(), id: v.number() }) satisfies v.GenericSchema<
  unknown,
  Link
>;

/** A project, or nothing: several methods narrow their answer to one. */
export const ProjectSchema = v.nullish(v.object({ id: v.number() }));
