import type { FaultRule } from "./rule.ts";

/** Rules that the storage itself has to look up, by the request whose body or URL they are about. */
const rules = new WeakMap<object, FaultRule>();

export function setFault(req: object, rule: FaultRule): void {
  rules.set(req, rule);
}

/** The rule that acts on this request; undefined for most. Takes any stream, since a site hands a request on as a body. */
export function faultOf(req: object): FaultRule | undefined {
  return rules.get(req);
}
