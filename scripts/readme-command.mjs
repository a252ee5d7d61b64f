/** Prints the README's Nth command: the first line of its Nth code block. Keeps CI and the README telling one story. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

const wanted = Number(process.argv[2] ?? "1");
const text = readFileSync(join(import.meta.dirname, "..", "README.md"), "utf8");
const blocks = [...text.matchAll(/^```[a-z]*\n([\s\S]*?)^```/gm)].map((match) =>
  match[1].split("\n")[0].trim(),
);
const command = blocks[wanted - 1];
if (!command) {
  console.error(`README.md has no code block number ${wanted}`);
  process.exit(1);
}
console.log(command);
