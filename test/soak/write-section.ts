import { readFile, writeFile } from "node:fs/promises";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";

const DOC = join(import.meta.dirname, "..", "..", "docs", "reliability.md");

/** Puts text between `<!-- name -->` and `<!-- /name -->` of docs/reliability.md. Throws when the markers are not there. */
export async function writeSection(name: string, text: string): Promise<void> {
  const doc = await readFile(DOC, "utf8");
  const [begin, end] = [`<!-- ${name} -->\n`, `<!-- /${name} -->`];
  const [from, to] = [doc.indexOf(begin), doc.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`docs/reliability.md has no place for "${name}"`);
  await writeFile(DOC, `${doc.slice(0, from + begin.length)}\n${text.trim()}\n\n${doc.slice(to)}`);
}

/** On what it was measured. */
export function machine(): string {
  const gib = Math.round(totalmem() / 1024 ** 3);
  const [cpu] = cpus();
  return `${cpus().length} cores (${cpu?.model.trim() ?? "unknown"}), ${gib} GiB, ${process.platform}, Node ${process.versions.node}`;
}
