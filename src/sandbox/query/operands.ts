import { kindOf, quoteValue } from "../store/site-error.ts";
import type { Link } from "../types.ts";
import { type QueryCall, QueryError } from "./condition.ts";

/** The operands of one condition, read as what the field's data type can be compared with. Everything throws QueryError. */
export class Operands {
  readonly #call: QueryCall;
  /** `Shot.code`, for messages. */
  readonly #field: string;
  readonly #values: readonly unknown[];

  constructor(call: QueryCall, field: string, values: readonly unknown[]) {
    this.#call = call;
    this.#field = field;
    // One list operand and several operands mean the same (contract/rpc.md 4.2).
    const [first] = values;
    this.#values = values.length === 1 && Array.isArray(first) ? first : values;
  }

  /** The only operand there is. */
  single<T>(read: (index: number) => T): T {
    this.count(1);
    return read(0);
  }

  each<T>(read: (index: number) => T): T[] {
    return this.#values.map((_, index) => read(index));
  }

  count(expected: number): void {
    if (this.#values.length === expected) return;
    throw new QueryError(
      `API ${this.#call}() ${this.#field} expected ${expected} value(s) but got ${this.#values.length}: ${quoteValue(this.#values)}`,
    );
  }

  onlyNull(): void {
    for (const value of this.#values) if (value !== null) throw this.#wrong("NilClass", value);
  }

  text(index: number): string {
    const value = this.#values[index];
    if (typeof value !== "string") throw this.#wrong("String", value);
    return value;
  }

  textOrNull(index: number): string | null {
    const value = this.#values[index];
    if (isNothing(value)) return null;
    if (typeof value !== "string") throw this.#wrong("String, NilClass", value);
    return value;
  }

  boolean(index: number): boolean {
    const value = this.#values[index];
    if (isNothing(value)) return false;
    if (typeof value === "boolean") return value;
    if (value === 0 || value === 1) return value === 1;
    throw this.#wrong("TrueClass, FalseClass, NilClass", value);
  }

  number(index: number): number | null {
    const value = this.#values[index];
    if (isNothing(value)) return null;
    const number = typeof value === "string" && value.trim() === "" ? Number.NaN : Number(value);
    if ((typeof value !== "number" && typeof value !== "string") || Number.isNaN(number)) {
      throw this.#wrong("Integer, Float, NilClass", value);
    }
    return number;
  }

  integer(index: number): number {
    const value = this.number(index);
    if (value === null || !Number.isInteger(value)) throw this.#wrong("Integer", this.#values[index]);
    return value;
  }

  date(index: number): string | null {
    const value = this.#values[index];
    if (isNothing(value)) return null;
    if (typeof value !== "string" || Number.isNaN(Date.parse(value)))
      throw this.#wrong("Date, NilClass", value);
    return value;
  }

  link(index: number): Link | null {
    const value = this.#values[index];
    if (isNothing(value)) return null;
    if (typeof value !== "object" || Array.isArray(value)) throw this.#wrong("Hash, NilClass", value);
    const { type, id } = value as Record<string, unknown>;
    if (typeof type !== "string") {
      throw new QueryError(
        `API ${this.#call}() invalid/missing entity hash string 'type': ${quoteValue(value)}`,
      );
    }
    if (typeof id !== "number") {
      throw new QueryError(
        `API ${this.#call}() invalid/missing entity hash integer 'id': ${quoteValue(value)}`,
      );
    }
    return { type, id };
  }

  oneOf<T extends string>(index: number, legal: readonly T[]): T {
    const value = String(this.#values[index]).toUpperCase();
    const found = legal.find((each) => each === value);
    if (found === undefined) throw this.#wrong(legal.join(", "), this.#values[index]);
    return found;
  }

  #wrong(accepted: string, value: unknown): QueryError {
    return new QueryError(
      `API ${this.#call}() ${this.#field} expected [${accepted}] data type(s) but got ${kindOf(value)}: ${quoteValue(value)}`,
    );
  }
}

function isNothing(value: unknown): value is null | undefined {
  return value === null || value === undefined;
}
