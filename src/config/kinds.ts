import * as v from "valibot";
import { parseRateBytes, parseSeconds, parseSizeBytes } from "../shared/units.ts";
import { DEFAULT_WAIT_SECONDS } from "./words.ts";

/** One kind of value: how it is read from text, YAML or JSON, and what to tell a person who wrote something else. */
export interface Kind<Value> {
  readonly schema: v.GenericSchema<unknown, Value>;
  /** Completes "it takes …". */
  readonly allowed: string;
}

const plain = v.union([v.string(), v.number()]);

export const text: Kind<string> = {
  schema: v.pipe(v.unknown(), v.string(), v.trim(), v.nonEmpty()),
  allowed: "text",
};

/** Text that YAML may have read as a number: a project's id. */
export const textOrNumber: Kind<string> = {
  schema: v.pipe(v.unknown(), plain, v.transform(String), v.trim(), v.nonEmpty()),
  allowed: "text or a number",
};

export const flag: Kind<boolean> = {
  schema: v.pipe(v.unknown(), v.boolean()),
  allowed: "true or false",
};

export function count(least: number): Kind<number> {
  return {
    schema: v.pipe(
      v.unknown(),
      v.union([v.number(), v.pipe(v.string(), v.trim(), v.digits(), v.transform(Number))]),
      v.safeInteger(),
      v.minValue(least),
    ),
    allowed: `a whole number from ${least}`,
  };
}

export function oneOf<const Options extends readonly string[]>(options: Options): Kind<Options[number]> {
  return {
    schema: v.pipe(v.unknown(), v.picklist(options)),
    allowed: `one of ${options.join(", ")}`,
  };
}

/** Runs one of the shared unit parsers; what it throws becomes "not of this kind". */
function measured(parse: (written: string) => number, allowed: string): Kind<number> {
  return {
    schema: v.pipe(
      v.unknown(),
      plain,
      v.rawTransform<string | number, number>(({ dataset, addIssue, NEVER }) => {
        try {
          return parse(String(dataset.value));
        } catch {
          addIssue({ message: allowed });
          return NEVER;
        }
      }),
    ),
    allowed,
  };
}

/** Bytes. */
export const size = measured((written) => parseSizeBytes(written), "a size such as 16MiB");
/** Bytes a second. */
export const rate = measured(parseRateBytes, "a rate such as 20MB/s");
/** Seconds, from 0. */
const seconds = measured((written) => parseSeconds(written), "seconds, such as 30, or 5m, or 1h");
/** Seconds, above 0: a limit of no time at all would end everything. */
export const timeLimit: Kind<number> = {
  schema: v.pipe(seconds.schema, v.gtValue(0)),
  allowed: "seconds above 0, such as 30, or 5m",
};

/** `true`, `false`, or seconds: null is "do not wait". */
export const wait: Kind<number | null> = {
  schema: v.union([
    v.pipe(
      v.unknown(),
      v.boolean(),
      v.transform((on) => (on ? DEFAULT_WAIT_SECONDS : null)),
    ),
    seconds.schema,
  ]),
  allowed: "true, false, or seconds such as 600, or 10m",
};
