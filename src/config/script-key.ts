import { readFile, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, resolve } from "node:path";
import { SgmediaError, systemCode } from "../shared/errors.ts";
import type { CheckedFile } from "./config-file.ts";
import type { ReadKey } from "./credentials.ts";
import type { SetValues } from "./keys.ts";

/** The script key, or what is in the file that holds it; the one of higher precedence. */
export async function readScriptKey(set: SetValues): Promise<ReadKey | undefined> {
  const { scriptKey, scriptKeyFile } = set;
  if (!scriptKeyFile || (scriptKey && scriptKey.rank < scriptKeyFile.rank)) return scriptKey;
  if (scriptKey && scriptKey.rank === scriptKeyFile.rank) {
    throw new SgmediaError("E_CONFIG", `${scriptKey.origin} has both scriptKey and scriptKeyFile.`, {
      why: "Only one of them can be meant.",
      fix: "Remove scriptKey.",
    });
  }
  const path = keyFilePath(scriptKeyFile.value, scriptKeyFile.origin);
  let content: string;
  try {
    content = (await readFile(path, "utf8")).trim();
  } catch (thrown) {
    throw new SgmediaError("E_CONFIG", `The script key file ${path} cannot be read.`, {
      why: `scriptKeyFile in ${scriptKeyFile.origin} names it, and the system answered ${systemCode(thrown) ?? String(thrown)}.`,
      fix: `Write the key into it: install -m 600 /dev/stdin ${JSON.stringify(path)}`,
      cause: thrown,
    });
  }
  if (content === "" || /\s/.test(content)) {
    throw new SgmediaError("E_CONFIG", `The script key file ${path} holds no key.`, {
      why: content === "" ? "It is empty." : "It holds more than one word.",
      fix: "Put the key in it, and nothing else.",
    });
  }
  return { value: content, origin: path, rank: scriptKeyFile.rank };
}

/** Relative to the configuration file that names it; `~` is the home folder. */
function keyFilePath(written: string, origin: string): string {
  if (written === "~" || written.startsWith("~/")) return resolve(homedir(), written.slice(2));
  return resolve(dirname(origin.replace(/, profile .*$/, "")), written);
}

/** One warning for each file with a key in it that others on this machine can read. Windows has no such bits. */
export async function warnOfOpenKeys(
  files: readonly CheckedFile[],
  keyFile: string | undefined,
  platform: NodeJS.Platform,
): Promise<string[]> {
  if (platform === "win32") return [];
  const withKey = files
    .filter(({ own, profiles }) =>
      [own, ...Object.values(profiles)].some((each) => each["scriptKey"] != null),
    )
    .map(({ path }) => path);
  const warnings: string[] = [];
  for (const path of new Set([...withKey, ...(keyFile === undefined ? [] : [keyFile])])) {
    const facts = await stat(path).catch(() => undefined);
    if (facts && (facts.mode & 0o077) !== 0) {
      warnings.push(`${path} holds a key and others can read it. Mend it: chmod 600 ${JSON.stringify(path)}`);
    }
  }
  return warnings;
}
