import type { Settings } from "../config/settings.ts";
import { SgmediaError, toSgmediaError } from "../shared/errors.ts";
import { redactText } from "../shared/redact.ts";
import type { Work } from "../workflow/types.ts";
import type { CliContext } from "./context.ts";
import { paintFor } from "./context.ts";
import { flagsOf } from "./options/flags.ts";
import type { AnyRow } from "./output/outcome.ts";
import type { Paint } from "./output/paint.ts";
import { printableData } from "./output/printable.ts";
import { reportRows } from "./output/report.ts";
import { createProgress } from "./progress/create-progress.ts";

/** One command from its options to its report. */
export interface Verb<Row extends AnyRow> {
  /** As commander gives them. */
  readonly options: object;
  /** False for what may find that it has nothing to ask: then no site need be set. */
  readonly needsSite: boolean;
  /** What only the settings can tell is wrong. Throws before anything is opened. */
  readonly check?: (settings: Settings) => void;
  readonly act: (work: Work, settings: Settings) => Promise<readonly Row[]>;
  /** The results as text for stdout. */
  readonly show: (rows: readonly Row[], paint: Paint) => string | Promise<string>;
  /** The last line after an interruption: how to go on. */
  readonly goOn?: string | undefined;
}

/** Parse is done; then settings, work, results, report. What fails is thrown to runCli. */
export async function runVerb<Row extends AnyRow>(context: CliContext, verb: Verb<Row>): Promise<void> {
  const { host } = context;
  const settings = await readSettings(context, verb.options);
  verb.check?.(settings);
  if (verb.needsSite) requireSite(settings);
  const progress = await createProgress(context, settings);
  const tellStop = (): void => progress.note("Stopping. Once more stops at once.");
  host.signal.addEventListener("abort", tellStop, { once: true });
  let rows: readonly Row[];
  try {
    for (const warning of settings.warnings) progress.warn(warning);
    const dryRun = (verb.options as { dryRun?: unknown }).dryRun === true;
    const { work, close } = await host.openWork(settings, {
      progress,
      signal: host.signal,
      dryRun,
      ...(settings.verbose.value ? { onRequest: (line: string) => progress.line(redactText(line)) } : {}),
    });
    try {
      rows = await verb.act(work, settings);
    } finally {
      await close();
    }
  } catch (thrown) {
    throw host.signal.aborted ? interrupted(host.signal, verb.goOn) : thrown;
  } finally {
    progress.close();
    host.signal.removeEventListener("abort", tellStop);
  }
  await reportRows(context, rows, () => verb.show(printableData(rows), paintFor(context, "stdout")));
}

/** Reads the settings and takes over at once how failures are to be told. */
export async function readSettings(context: CliContext, options: object): Promise<Settings> {
  const { env, cwd, platform } = context.host;
  const { loadSettings } = await import("../config/load-settings.ts");
  const settings = await loadSettings({ flags: flagsOf(options), env, cwd, platform });
  context.json = settings.json.value;
  context.events = settings.progress.value === "json";
  context.verbose = settings.verbose.value;
  context.noColor = settings.noColor.value;
  return settings;
}

function requireSite(settings: Settings): void {
  if (settings.site.value === null) {
    throw new SgmediaError("E_CONFIG", "No site is set.", {
      why: "Neither --site, nor SGMEDIA_SITE, nor a configuration file names one.",
      fix: "Add --site https://studio.example, or put it into .sgrc as site.",
    });
  }
  if (settings.credentials.value.kind === "none") {
    throw new SgmediaError("E_NOT_SIGNED_IN", `Nothing is set to sign in to ${settings.site.value} with.`, {
      why: "There is no script key, no login and password, and no session token.",
      fix: "Set SGMEDIA_SCRIPT_NAME and SGMEDIA_SCRIPT_KEY, or scriptName and scriptKeyFile in .sgrc.",
    });
  }
}

function interrupted(signal: AbortSignal, goOn: string | undefined): SgmediaError {
  const reason = toSgmediaError(signal.reason);
  if (reason.code !== "E_INTERRUPTED") return reason;
  return new SgmediaError("E_INTERRUPTED", reason.message, {
    why: goOn === undefined ? reason.why : "What was accepted is remembered.",
    fix: goOn ?? "Run the same command again.",
    exit: reason.exit,
  });
}
