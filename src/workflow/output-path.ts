import { stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { SgmediaError } from "../shared/errors.ts";

/** Where bytes go: standard output, one named file, or files named after the media in a folder. */
export type OutputPlace =
  | { readonly kind: "stdout" }
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "folder"; readonly path: string };

/**
 * Reads `-o`: `-` is stdout, a folder that exists or a name that ends in a separator is a folder, anything else is a file.
 * With several items it must be a folder.
 */
export async function readOutput(output: string | null, cwd: string, several: boolean): Promise<OutputPlace> {
  if (output === null) return { kind: "folder", path: cwd };
  if (output === "-") {
    if (several)
      throw new SgmediaError("E_USAGE", "Several files cannot go to standard output.", {
        fix: "Give a folder: -o folder/",
      });
    return { kind: "stdout" };
  }
  const path = resolve(cwd, output);
  if (/[/\\]$/.test(output)) return { kind: "folder", path };
  const facts = await stat(path).catch(() => undefined);
  if (facts?.isDirectory()) return { kind: "folder", path };
  if (!several) return { kind: "file", path };
  if (facts) {
    throw new SgmediaError("E_USAGE", `"${output}" is a file, and there are several to write.`, {
      fix: "Give a folder: -o folder/",
    });
  }
  return { kind: "folder", path };
}

export function placeIn(
  place: { readonly kind: "file" | "folder"; readonly path: string },
  name: string,
): string {
  return place.kind === "file" ? place.path : join(place.path, name);
}

const FIELDS = ["code", "id", "name", "stem", "ext", "rendition", "shot", "order"] as const;
export type NameFacts = Readonly<Record<(typeof FIELDS)[number], string>>;

/** Fills `{code}_{rendition}.{ext}`. `{order:03}` pads a number. Throws E_USAGE for a word it does not know. */
export function fillTemplate(template: string, facts: NameFacts): string {
  return template.replace(/\{([^{}]*)\}/g, (_all, word: string) => {
    const [name = "", width] = word.split(":");
    if (
      !(FIELDS as readonly string[]).includes(name) ||
      (width !== undefined && !/^0?\d{1,2}$/.test(width))
    ) {
      throw new SgmediaError("E_USAGE", `--name knows no {${word}}.`, {
        fix: `It knows ${FIELDS.map((each) => `{${each}}`).join(", ")}.`,
      });
    }
    const value = facts[name as keyof NameFacts];
    return width === undefined ? value : value.padStart(Number(width), "0");
  });
}
