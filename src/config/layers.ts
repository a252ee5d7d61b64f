import * as v from "valibot";
import { SgmediaError } from "../shared/errors.ts";
import type { CheckedFile } from "./config-file.ts";
import { FILE_KEYS, KEYS, type KeyName, type SetValues } from "./keys.ts";

/** A raw value on its way in. `named` is how an error speaks of it. */
interface RawValue {
  readonly raw: unknown;
  readonly origin: string;
  readonly named: string;
  readonly code: "E_USAGE" | "E_CONFIG";
}

/** One place that settings come from. A lower index in the list of layers wins. */
export type Layer = ReadonlyMap<KeyName, RawValue>;

/** Values of the command line, by the camelCase name of their long option. */
export type Flags = Readonly<Record<string, unknown>>;
export type Environment = Readonly<Record<string, string | undefined>>;

export function layerOfFlags(flags: Flags): Layer {
  const layer = new Map<KeyName, RawValue>();
  for (const name of Object.keys(KEYS) as KeyName[]) {
    const { option } = KEYS[name] as { option?: string };
    const raw = flags[name];
    if (option === undefined || raw === undefined) continue;
    layer.set(name, { raw, origin: `flag ${option}`, named: option, code: "E_USAGE" });
  }
  return layer;
}

/** Our own variables are one layer, those of other tools the next. An empty variable is not set. */
export function layersOfEnvironment(env: Environment): Layer[] {
  const own = new Map<KeyName, RawValue>();
  const others = new Map<KeyName, RawValue>();
  for (const name of Object.keys(KEYS) as KeyName[]) {
    const { env: variables = [] } = KEYS[name] as { env?: readonly string[] };
    for (const variable of variables) {
      const raw = env[variable];
      const layer = variable.startsWith("SGMEDIA_") ? own : others;
      if (raw === undefined || raw.trim() === "" || layer.has(name)) continue;
      layer.set(name, { raw, origin: `environment ${variable}`, named: variable, code: "E_CONFIG" });
    }
  }
  return [own, others];
}

export function layerOfFile(file: CheckedFile, profile: string | null): Layer {
  const layer = new Map<KeyName, RawValue>();
  const values = profile === null ? file.own : (file.profiles[profile] ?? {});
  const origin = profile === null ? file.path : `${file.path}, profile ${profile}`;
  for (const name of FILE_KEYS) {
    const raw = values[name];
    if (raw === undefined || raw === null) continue;
    const shown = profile === null ? name : `profiles.${profile}.${name}`;
    layer.set(name, { raw, origin, named: `${file.path}: "${shown}"`, code: "E_CONFIG" });
  }
  return layer;
}

/** Reads every value of every layer, so that a wrong one is told even where another wins; the first layer wins. */
export function settle(layers: readonly Layer[]): SetValues {
  const settled: Record<string, unknown> = {};
  layers.forEach((layer, rank) => {
    for (const [name, value] of layer) {
      const parsed = v.safeParse(KEYS[name].kind.schema, value.raw);
      if (!parsed.success) throw notAllowed(name, value);
      settled[name] ??= { value: parsed.output, origin: value.origin, rank };
    }
  });
  return settled as SetValues;
}

function notAllowed(name: KeyName, value: RawValue): SgmediaError {
  const { kind, secret } = KEYS[name] as (typeof KEYS)[KeyName] & { secret?: true };
  const shown = secret === true ? "what is there" : JSON.stringify(value.raw);
  return new SgmediaError(value.code, `${value.named} cannot be ${shown}.`, {
    why: `It takes ${kind.allowed}.`,
    fix:
      value.code === "E_USAGE"
        ? null
        : `Correct it in ${value.origin.replace(/^environment /, "the environment: ")}.`,
  });
}
