import { parse, resolve } from "node:path";
import { SgmediaError } from "../../shared/errors.ts";
import type { BatchInput, RowRequest } from "./types.ts";

const GROUPS = ["shot", "task", "version", "asset", "sequence"] as const;

/** The wish for each file: its code from its name, and what the regular expression's named groups and the options say. */
export function requestsFromFiles(
  files: readonly string[],
  input: BatchInput,
  project: string,
  cwd: string,
): RowRequest[] {
  const pattern = input.match === null ? null : readPattern(input.match);
  if (input.code !== null && files.length > 1) {
    throw new SgmediaError("E_USAGE", "--code names one Version, and there are several files.", {
      fix: "Leave --code out: each Version is named after its file.",
    });
  }
  return files.map((file) => requestOf(file, input, pattern, project, cwd));
}

function requestOf(
  file: string,
  input: BatchInput,
  pattern: RegExp | null,
  project: string,
  cwd: string,
): RowRequest {
  const stem = parse(file).name.normalize("NFC");
  const found = pattern?.exec(stem) ?? pattern?.exec(parse(file).base.normalize("NFC"));
  const groups = found?.groups ?? {};
  const linked = (["shot", "asset", "sequence"] as const).find((each) => groups[each]);
  // A `version` group that is only a number (v003) is a part of the name; a longer one is the Version's code.
  const versionCode =
    groups["version"] && !/^v?\d+$/i.test(groups["version"]) ? groups["version"] : undefined;
  return {
    file: resolve(cwd, file),
    project,
    code: input.code ?? versionCode ?? stem,
    link: input.link ?? (linked ? (groups[linked] ?? "") : ""),
    linkType:
      input.link === null && linked
        ? ({ shot: "Shot", asset: "Asset", sequence: "Sequence" } as const)[linked]
        : null,
    task: input.task ?? groups["task"] ?? "",
    status: input.status ?? "",
    description: input.description ?? "",
    user: input.user ?? "",
    playlist: input.playlist ?? "",
    field: input.field ?? "sg_uploaded_movie",
    problem: pattern && !found ? `its name does not match ${pattern.source}` : null,
  };
}

function readPattern(text: string): RegExp {
  let pattern: RegExp;
  try {
    pattern = new RegExp(text, "u");
  } catch (thrown) {
    throw new SgmediaError("E_USAGE", "--match is no regular expression.", {
      why: thrown instanceof Error ? thrown.message : null,
      fix: "For example --match '(?<shot>sh\\d+)_(?<task>[a-z]+)_v\\d+'",
    });
  }
  const named = [...text.matchAll(/\(\?<([A-Za-z_]\w*)>/g)].map((each) => each[1] ?? "");
  const unknown = named.filter((each) => !(GROUPS as readonly string[]).includes(each));
  if (named.length === 0 || unknown.length > 0) {
    throw new SgmediaError(
      "E_USAGE",
      unknown.length > 0 ? `--match knows no group "${unknown[0]}".` : "--match names no group.",
      {
        why: `The groups it knows are ${GROUPS.join(", ")}.`,
        fix: "For example --match '(?<shot>sh\\d+)_(?<task>[a-z]+)_v\\d+'",
      },
    );
  }
  return pattern;
}
