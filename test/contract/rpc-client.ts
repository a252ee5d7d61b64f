import { startSandbox } from "../../src/sandbox/start.ts";

type Started = Awaited<ReturnType<typeof startSandbox>>;

// biome-ignore lint/suspicious/noExplicitAny: a test reads whatever shape the wire has, and asserts it.
type Json = any;

/** A sandbox and a plain JSON-RPC client of it. */
export interface RpcSite {
  started: Started;
  origin: string;
  /** The script's credentials. */
  auth: Record<string, string>;
  /** One call, its answer as it was on the wire. */
  call(method: string, args?: unknown, auth?: Record<string, unknown>): Promise<Json>;
  /** One call that has to succeed: what stands under `results`. */
  ask(method: string, args?: unknown, auth?: Record<string, unknown>): Promise<Json>;
  /** `read` with one condition, or none. */
  find(type: string, condition: [string, string, ...unknown[]] | null, fields: string[]): Promise<Json[]>;
  /** A new record; `values` by field. */
  create(type: string, values: Record<string, unknown>): Promise<Json>;
  /** A form under `/upload/`, urlencoded; the text of its answer. */
  form(name: string, fields: Record<string, string>, auth?: Record<string, string>): Promise<string>;
  close(): Promise<void>;
}

export const fieldList = (values: Record<string, unknown>) =>
  Object.entries(values).map(([field_name, value]) => ({ field_name, value }));

export async function openRpcSite(options: Parameters<typeof startSandbox>[0] = {}): Promise<RpcSite> {
  const started = await startSandbox({ transcodeDelayMs: 200, ...options });
  const { site: origin, scriptName, scriptKey } = started.ready;
  const own = { script_name: scriptName, script_key: scriptKey };
  const call: RpcSite["call"] = async (method, args, auth = own) => {
    const response = await fetch(`${origin}/api3/json`, {
      method: "POST",
      headers: { "Content-Type": "application/json; charset=utf-8" },
      body: JSON.stringify({ method_name: method, params: args === undefined ? [auth] : [auth, args] }),
    });
    if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
    return response.json();
  };
  const ask: RpcSite["ask"] = async (method, args, auth) => {
    const answer = await call(method, args, auth);
    if (answer.exception) throw new Error(`${answer.error_code} ${answer.message}`);
    return answer.results;
  };
  return {
    started,
    origin,
    auth: own,
    call,
    ask,
    async find(type, condition, fields) {
      const [path, relation, ...values] = condition ?? [];
      const conditions = condition ? [{ path, relation, values }] : [];
      const filters = { logical_operator: "and", conditions };
      return (await ask("read", { type, return_fields: fields, filters })).entities;
    },
    create: (type, values) => ask("create", { type, fields: fieldList(values), return_fields: ["id"] }),
    async form(name, fields, auth = own) {
      const body = new URLSearchParams({ ...fields, ...auth });
      const response = await fetch(`${origin}/upload/${name}`, { method: "POST", body });
      if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
      return response.text();
    },
    close: () => started.close(),
  };
}
