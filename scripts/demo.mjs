/**
 * The main job, on a fresh sandbox and real input: a movie goes up to Version 23404, is transcoded, and the thumbnail, the mp4 and
 * the original come back; the original is compared byte for byte. One line a step.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { createInterface } from "node:readline";

const program = join(import.meta.dirname, "..", "bin", "sgmedia.js");
const movie = join(import.meta.dirname, "..", "test", "assets", "shot.mov");
const folder = await mkdtemp(join(tmpdir(), "sgmedia-demo-"));
// Nothing of this machine's own settings may steer the demonstration.
const clean = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(SGMEDIA|SHOTGRID|SHOTGUN)_/.test(name)),
);
if (process.env.SGMEDIA_FFMPEG) clean.SGMEDIA_FFMPEG = process.env.SGMEDIA_FFMPEG;

const sandbox = spawn(process.execPath, [program, "sandbox", "--json"], {
  cwd: folder,
  env: clean,
  stdio: ["ignore", "pipe", "inherit"],
});
try {
  const ready = JSON.parse(await firstLine(sandbox.stdout));
  const env = {
    ...clean,
    SGMEDIA_SITE: ready.site,
    SGMEDIA_SCRIPT_NAME: ready.scriptName,
    SGMEDIA_SCRIPT_KEY: ready.scriptKey,
    SGMEDIA_STATE_DIR: join(folder, "state"),
    SGMEDIA_CONFIG_DIR: join(folder, "config"),
  };
  say("sandbox", `a site of its own at ${ready.site}, project "${ready.project.name}"`);

  const before = await digest(movie);
  const up = await sgmedia(env, "upload", movie, "--version", "23404", "--verify", "--wait=120");
  say(
    "upload",
    `${basename(movie)}, ${up.sizeBytes} bytes, is ${up.attachment.type}:${up.attachment.id} on Version:23404.${up.field}, read back and equal`,
  );

  const info = await sgmedia(env, "info", "--version", "23404");
  const { state, frameRate, durationSeconds } = info.transcoding;
  say("transcode", `${state}: ${frameRate} frames a second, ${durationSeconds} s`);

  const mp4 = await sgmedia(env, "download", "--version", "23404", "--rendition", "mp4", "-o", "out/");
  say("mp4", `${basename(mp4.output)}, ${mp4.sizeBytes} bytes, checked by ${mp4.checksum.kind}`);

  const thumb = await sgmedia(env, "thumb", "--version", "23404", "--wait=60", "-o", "out/");
  say("thumbnail", `${basename(thumb.output)}, a ${thumb.format} of ${thumb.sizeBytes} bytes`);

  const original = await sgmedia(env, "download", "--version", "23404", "-o", "out/");
  const after = await digest(original.output);
  if (after !== before) throw new Error(`the original came back different: ${after}, sent ${before}`);
  say("original", `${basename(original.output)} came back identical, sha256 ${after.slice(0, 16)}…`);

  const again = await sgmedia(env, "upload", movie, "--version", "23404");
  if (!again.skipped) throw new Error("the second upload sent the file again");
  say(
    "again",
    `the same upload once more sends nothing: ${again.attachment.type}:${again.attachment.id} holds these bytes`,
  );
  console.log("done");
} finally {
  sandbox.kill("SIGTERM");
  await new Promise((resolve) => (sandbox.exitCode === null ? sandbox.once("exit", resolve) : resolve()));
  await rm(folder, { recursive: true, force: true });
}

/** Runs one command and gives its only result; a failure ends the demonstration with the command's own error. */
async function sgmedia(env, ...args) {
  const child = spawn(process.execPath, [program, ...args, "--json", "-q"], {
    cwd: folder,
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  for await (const chunk of child.stdout) text += chunk;
  const document = JSON.parse(text);
  if (!document.ok) throw new Error(`sgmedia ${args.join(" ")}: ${JSON.stringify(document.error)}`);
  return document.results[0];
}

async function firstLine(stream) {
  for await (const line of createInterface({ input: stream })) return line;
  throw new Error("the sandbox did not start");
}

async function digest(path) {
  await stat(path);
  return createHash("sha256")
    .update(await readFile(path))
    .digest("hex");
}

function say(step, text) {
  console.log(`${step.padEnd(10)} ${text}`);
}
