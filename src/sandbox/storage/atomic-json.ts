import { randomBytes } from "node:crypto";
import { readFile, rename, writeFile } from "node:fs/promises";
import * as v from "valibot";

/** Writes beside the place and renames: whoever opens it after a kill finds the old content or the new, whole. */
export async function writeJson(path: string, value: unknown, mode = 0o666): Promise<void> {
  const growing = `${path}.${randomBytes(4).toString("hex")}.tmp`;
  await writeFile(growing, JSON.stringify(value), { mode });
  await rename(growing, path);
}

/** Undefined when there is no such file. Throws when it is there and cannot be read: unreadable is not empty. */
export async function readJson<const Schema extends v.GenericSchema>(
  path: string,
  schema: Schema,
): Promise<v.InferOutput<Schema> | undefined> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw thrown;
  }
  try {
    return v.parse(schema, JSON.parse(text));
  } catch (thrown) {
    throw new Error(`${path} cannot be read: ${thrown instanceof Error ? thrown.message : thrown}`);
  }
}
