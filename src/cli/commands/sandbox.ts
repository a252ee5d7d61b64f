import { resolve } from "node:path";
import { Option } from "@commander-js/extra-typings";
import { SgmediaError } from "../../shared/errors.ts";
import { parseSeconds } from "../../shared/units.ts";
import { addCommonOptions, newCommand } from "../base-command.ts";
import { type CliContext, writeTo } from "../context.ts";
import type { RunningSandbox, SandboxLaunch, SandboxReady } from "../host.ts";
import { printable } from "../output/printable.ts";
import { usageError } from "../usage-error.ts";

export function sandboxCommand(context: CliContext) {
  const command = newCommand(context, "sandbox", {
    summary: "Run a site of your own on this machine",
    more: "With a command behind --, run it against a fresh one and exit as it does.",
    examples: [
      "sgmedia sandbox",
      "sgmedia sandbox --port 4000 --dir ./site",
      "sgmedia sandbox -- python3 publish.py",
      "sgmedia sandbox -- sgmedia upload shot.mov --version 23404 --wait",
    ],
    exits: [0, 1, 2],
  })
    .argument("[command...]", "a program and its arguments, behind --")
    .option("--port <n>", "port to listen on; a free one unless said", parsePort)
    .option("--host <address>", "address to listen on; 127.0.0.1 unless said")
    .option("--dir <folder>", "keep records and bytes here; a folder that goes at the end unless said")
    .addOption(
      new Option(
        "--storage <kind>",
        "bytes go to object storage (s3, default) or to the site itself (sg)",
      ).choices(["s3", "sg"]),
    )
    .option("--transcode-delay <s>", "seconds until a transcode or picture is there, at least", (text) =>
      parseSeconds(text, "--transcode-delay"),
    )
    .option("--webm", "make webm transcodes too, as older sites did")
    .option("--strict-cookies", "no downloads without a session, not even on loopback")
    .option("--no-fieldless-multipart", "refuse uploads in parts that have no field, as some sites do")
    .option("--faults <file>", "a JSON list of faults to begin with")
    .option("--storage-endpoint <url>", "sign for this S3, with the usual AWS variables")
    .option("--storage-bucket <name>", "the bucket there");
  addCommonOptions(context, command);

  return command.action(async (program, options) => {
    const { host } = context;
    const quiet = (options as { quiet?: true }).quiet ?? false;
    const remote = readRemote(options.storageEndpoint, options.storageBucket, host.env);
    const launch: SandboxLaunch = {
      ...(options.port === undefined ? {} : { port: options.port }),
      ...(options.host === undefined ? {} : { host: options.host }),
      ...(options.dir === undefined ? {} : { dir: resolve(host.cwd, options.dir) }),
      ...(options.storage === undefined ? {} : { storageService: options.storage }),
      ...(options.transcodeDelay === undefined ? {} : { transcodeDelayMs: options.transcodeDelay * 1000 }),
      ...(options.webm ? { webm: true } : {}),
      ...(options.strictCookies ? { strictCookies: true } : {}),
      ...(options.fieldlessMultipart ? {} : { fieldlessMultipart: false }),
      ...(options.faults === undefined ? {} : { faultsFile: resolve(host.cwd, options.faults) }),
      ...(remote ? { remote } : {}),
      ...(quiet
        ? {}
        : { onProblem: (message) => void writeTo(context, "stderr", `${printable(message)}\n`) }),
    };
    const running = await host.startSandbox(launch);
    if (options.host !== undefined && !/^(localhost|127\.\d+\.\d+\.\d+|::1)$/.test(options.host)) {
      await writeTo(context, "stderr", `It listens on ${options.host}: other machines can reach it.\n`);
    }
    try {
      if (program.length > 0) context.exitCode = await host.runCommand(program, variablesFor(running.ready));
      else await serve(context, running, quiet);
    } finally {
      await running.close();
    }
  });
}

/** Until it is asked to stop, which is how a server ends well: exit 0. */
async function serve(context: CliContext, running: RunningSandbox, quiet: boolean): Promise<void> {
  const { signal } = context.host;
  if (context.json) await writeTo(context, "stdout", `${JSON.stringify(running.ready)}\n`);
  else await writeTo(context, "stdout", howToUse(running.ready, context.host.platform));
  if (!context.json && !quiet) await writeTo(context, "stderr", "Ctrl-C stops it.\n");
  if (signal.aborted) return;
  // Its sockets keep the program alive; the signal ends it.
  await new Promise<void>((stop) => signal.addEventListener("abort", () => stop(), { once: true }));
}

function variablesFor(ready: SandboxReady): Record<string, string> {
  return {
    SGMEDIA_SITE: ready.site,
    SGMEDIA_SCRIPT_NAME: ready.scriptName,
    SGMEDIA_SCRIPT_KEY: ready.scriptKey,
    SHOTGRID_SITE: ready.site,
    SHOTGRID_SCRIPT_NAME: ready.scriptName,
    SHOTGRID_SCRIPT_KEY: ready.scriptKey,
  };
}

function howToUse(ready: SandboxReady, platform: NodeJS.Platform): string {
  const { site, scriptName, scriptKey } = ready;
  const set = (name: string, value: string) =>
    platform === "win32" ? `  $env:${name} = '${value}'` : `  export ${name}='${value}'`;
  return [
    `A site answers at ${site} (open it in a browser to see what it holds). To use it:`,
    set("SGMEDIA_SITE", site),
    set("SGMEDIA_SCRIPT_NAME", scriptName),
    set("SGMEDIA_SCRIPT_KEY", scriptKey),
    "  sgmedia info Version:23425",
    "",
  ].join("\n");
}

function parsePort(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw usageError(`"${text}" is no port.`, {
    why: "--port takes 0 to 65535; 0 is any free one.",
    fix: "--port 4000",
  });
}

function readRemote(
  endpoint: string | undefined,
  bucket: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): SandboxLaunch["remote"] {
  if (endpoint === undefined && bucket === undefined) return undefined;
  if (endpoint === undefined || bucket === undefined) {
    throw usageError("--storage-endpoint and --storage-bucket go together.", { fix: "Give both." });
  }
  if (!/^https?:\/\//i.test(endpoint) || !URL.canParse(endpoint)) {
    throw usageError(`"${endpoint}" is no address of a storage.`, {
      fix: "--storage-endpoint https://s3.example",
    });
  }
  const accessKeyId = env["AWS_ACCESS_KEY_ID"];
  const secretAccessKey = env["AWS_SECRET_ACCESS_KEY"];
  if (!accessKeyId || !secretAccessKey) {
    throw new SgmediaError("E_CONFIG", "There are no keys for the storage.", {
      why: "AWS_ACCESS_KEY_ID or AWS_SECRET_ACCESS_KEY is not set.",
      fix: "Set both.",
    });
  }
  const region = env["AWS_REGION"] || env["AWS_DEFAULT_REGION"] || "us-east-1";
  return { endpoint, bucket, region, accessKeyId, secretAccessKey };
}
