import * as v from "valibot";
import { FaultListSchema, type FaultRule } from "./rule.ts";

export interface WrittenRule {
  readonly id: number;
  readonly rule: FaultRule;
  /** Requests that fitted, those skipped included. */
  seen: number;
  /** Requests that it acted on. */
  hits: number;
}

export interface RequestFacts {
  readonly surface: "site" | "rpc" | "storage";
  readonly method: string;
  /** Without its query. */
  readonly path: string;
  readonly part: number | null;
  /** It carries `Authorization: Bearer`. */
  readonly bearer: boolean;
  /** Its URL carries a signature, the storage's or the site's. */
  readonly signedUrl: boolean;
}

interface PatternedRule extends WrittenRule {
  readonly pattern: RegExp | null;
}

/** The rules in force. The first that fits a request and is not used up acts on it. */
export class FaultBook {
  #rules: PatternedRule[] = [];
  #nextId = 1;

  /** Adds rules, a list or one alone; all of them or none. Throws with the reason when one is not what a rule may be. */
  add(raw: unknown): WrittenRule[] {
    const parsed = v.safeParse(FaultListSchema, Array.isArray(raw) ? raw : [raw]);
    if (!parsed.success) throw new Error(v.summarize(parsed.issues));
    const added = parsed.output.map((rule): PatternedRule => {
      const pattern = rule.path === undefined ? null : new RegExp(rule.path);
      return { id: this.#nextId++, rule, pattern, seen: 0, hits: 0 };
    });
    this.#rules.push(...added);
    return added;
  }

  clear(): void {
    this.#rules = [];
  }

  list(): readonly WrittenRule[] {
    return this.#rules;
  }

  /** The rule that acts on this request, counted as a hit; undefined when none does. */
  claim(facts: RequestFacts): WrittenRule | undefined {
    for (const written of this.#rules) {
      if (!fits(written, facts)) continue;
      written.seen += 1;
      const usedUp = written.rule.times !== "always" && written.hits >= written.rule.times;
      if (written.seen <= written.rule.skip || usedUp) continue;
      written.hits += 1;
      return written;
    }
    return undefined;
  }
}

function fits({ rule, pattern }: PatternedRule, facts: RequestFacts): boolean {
  return (
    (rule.surface === undefined || rule.surface === facts.surface) &&
    (rule.method === undefined || rule.method.toUpperCase() === facts.method) &&
    (rule.part === undefined || rule.part === facts.part) &&
    (pattern === null || pattern.test(facts.path)) &&
    // These are about one kind of request: another would use the rule up and show nothing.
    (!rule.expireToken || (facts.bearer && facts.surface === "site")) &&
    (!rule.expireUrl || facts.signedUrl) &&
    (!rule.storeNothing || (facts.signedUrl && facts.method === "PUT"))
  );
}
