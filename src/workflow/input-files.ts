import { constants } from "node:fs";
import { access, readdir, stat } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { SgmediaError, systemCode } from "../shared/errors.ts";
import { suggestNames } from "../shared/suggest.ts";

/** A local file that may be sent. */
export interface InputFile {
  /** As typed, or as the glob gave it: for messages and results. */
  readonly shown: string;
  /** Absolute. */
  readonly path: string;
  /** Its own name, composed (NFC), as the site shall know it. */
  readonly name: string;
  readonly sizeBytes: number;
}

/** Paths from what was typed: a path that exists is taken as it is, otherwise a glob is expanded. Throws E_NO_MATCH. */
export async function expandInputs(typed: readonly string[], cwd: string): Promise<string[]> {
  const paths: string[] = [];
  for (const each of typed) {
    const literal = await stat(resolve(cwd, each)).catch(() => undefined);
    if (literal || !/[*?[\]{}]/.test(each)) {
      paths.push(each);
      continue;
    }
    const { glob } = await import("tinyglobby");
    const found = await glob(each.replaceAll("\\", "/"), {
      cwd,
      onlyFiles: true,
      expandDirectories: false,
      dot: false,
    });
    if (found.length === 0) {
      throw new SgmediaError("E_NO_MATCH", `Nothing matches "${each}".`, {
        fix: "Check the folder and the pattern.",
      });
    }
    paths.push(...found.sort((a, b) => a.localeCompare(b)));
  }
  return [...new Set(paths)];
}

/** Proves that a path is a regular file with something in it that may be read. Each trouble has its own code. */
export async function inspectInput(shown: string, cwd: string): Promise<InputFile> {
  const path = resolve(cwd, shown);
  const facts = await stat(path).catch(async (thrown: unknown) => {
    throw await cannotOpen(shown, path, thrown);
  });
  if (facts.isDirectory()) {
    throw new SgmediaError("E_INPUT_NOT_FILE", `"${shown}" is a folder.`, {
      why: "Files are sent one by one.",
      fix: `Name the files in it: ${JSON.stringify(`${shown.replace(/[/\\]+$/, "")}/*.mov`)}`,
    });
  }
  if (!facts.isFile()) {
    throw new SgmediaError("E_INPUT_NOT_FILE", `"${shown}" is no regular file.`, {
      why: "It is a device, a socket or a pipe.",
      fix: `To send what a program writes, pipe it: program | sgmedia upload - --name <name>`,
    });
  }
  if (facts.size === 0) {
    throw new SgmediaError("E_INPUT_EMPTY", `"${shown}" is empty.`, {
      why: "The site takes no file of 0 bytes.",
      fix: "Check whatever was to write it.",
    });
  }
  await access(path, constants.R_OK).catch(async (thrown: unknown) => {
    throw await cannotOpen(shown, path, thrown);
  });
  return { shown, path, name: basename(path).normalize("NFC"), sizeBytes: facts.size };
}

async function cannotOpen(shown: string, path: string, thrown: unknown): Promise<SgmediaError> {
  const code = systemCode(thrown);
  if (code === "ENOENT" || code === "ENOTDIR") {
    const names = await readdir(dirname(path)).catch(() => undefined);
    const near = names ? suggestNames(basename(path), names) : [];
    return new SgmediaError("E_INPUT_MISSING", `There is no file "${shown}".`, {
      why: names
        ? near.length > 0
          ? `Near it: ${near.join(", ")}.`
          : null
        : `The folder ${dirname(path)} does not exist.`,
      fix: near[0] ? `Did you mean "${near[0]}"?` : "Check the path.",
      cause: thrown,
    });
  }
  if (code === "EACCES" || code === "EPERM") {
    return new SgmediaError("E_INPUT_UNREADABLE", `"${shown}" may not be read.`, {
      why: `The system answered ${code}.`,
      fix: `Give yourself the right to read it: chmod u+r ${JSON.stringify(shown)}`,
      cause: thrown,
    });
  }
  return new SgmediaError("E_INPUT_UNREADABLE", `"${shown}" cannot be opened.`, {
    why: `The system answered ${code ?? String(thrown)}.`,
    fix: "Check the path and the disk.",
    cause: thrown,
  });
}
