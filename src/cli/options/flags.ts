import type { Flags } from "../../config/layers.ts";

/** The options of a command as the settings know them: `--no-color` reads as `noColor: true`. */
export function flagsOf(options: object): Flags {
  const { color, input, ...rest } = options as Readonly<Record<string, unknown>>;
  return {
    ...rest,
    ...(color === false ? { noColor: true } : {}),
    ...(input === false ? { noInput: true } : {}),
  };
}

/** The setting of `ifExists` where it is a word of this command; a word of another command's is passed over. */
export function ownIfExists<const Word extends string>(
  value: string | null,
  words: readonly Word[],
): Word | null {
  return words.find((word) => word === value) ?? null;
}
