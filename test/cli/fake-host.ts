import { Readable, Writable } from "node:stream";
import type { CliHost, OpenedWork, SandboxLaunch, WorkExtras } from "../../src/cli/host.ts";
import type { Settings } from "../../src/config/settings.ts";
import type { Work } from "../../src/workflow/types.ts";

/** A stream that keeps what is written to it. */
export class Sink extends Writable {
  text = "";
  writes = 0;
  isTTY: boolean;
  columns = 80;
  rows = 24;

  constructor(isTTY = false) {
    super({ decodeStrings: false });
    this.isTTY = isTTY;
  }

  // What a terminal's stream can do besides; readline does it by writing, ora asks the stream.
  cursorTo(): boolean {
    return true;
  }
  clearLine(): boolean {
    return true;
  }
  moveCursor(): boolean {
    return true;
  }

  override _write(chunk: string | Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    this.writes += 1;
    done();
  }
}

/** Hands for a command under test, and what it did with them. */
export interface FakeHost extends CliHost {
  readonly stdout: CliHost["stdout"] & Sink;
  readonly stderr: CliHost["stderr"] & Sink;
  readonly stop: AbortController;
  readonly opened: { settings: Settings; extras: WorkExtras }[];
  readonly launches: SandboxLaunch[];
  readonly commands: { command: readonly string[]; env: Readonly<Record<string, string>> }[];
  closed: number;
}

export interface FakeOptions {
  readonly env?: Record<string, string>;
  readonly tty?: boolean;
  readonly stdin?: string | null;
  readonly cwd?: string;
  readonly commandExit?: number;
  readonly nowMs?: () => number;
}

/** A folder that does not exist, so that no configuration of this machine is found. */
const NOWHERE = "/nonexistent/sgmedia-test";
export const SIGNED_IN = {
  SGMEDIA_SITE: "https://studio.example",
  SGMEDIA_SCRIPT_NAME: "bot",
  SGMEDIA_SCRIPT_KEY: "bot-key-123",
};

export function createFakeHost(options: FakeOptions = {}): FakeHost {
  const {
    env = SIGNED_IN,
    tty = false,
    stdin = null,
    cwd = NOWHERE,
    commandExit = 0,
    nowMs = Date.now,
  } = options;
  const stop = new AbortController();
  const host: FakeHost = {
    version: "1.2.3",
    env: { SGMEDIA_CONFIG_DIR: NOWHERE, TERM: "xterm", ...env },
    cwd,
    platform: "linux",
    stdin: Object.assign(Readable.from(stdin === null ? [] : [Buffer.from(stdin)]), {
      isTTY: stdin === null,
    }),
    stdout: new Sink(tty),
    stderr: new Sink(tty),
    signal: stop.signal,
    stop,
    nowMs,
    opened: [],
    launches: [],
    commands: [],
    closed: 0,
    async openWork(settings, extras): Promise<OpenedWork> {
      host.opened.push({ settings, extras });
      const work = {
        progress: extras.progress,
        signal: extras.signal,
        dryRun: extras.dryRun,
        forPrograms: settings.json.value,
        project: settings.project.value,
        cwd,
        jobs: settings.jobs.value,
      } as unknown as Work;
      return {
        work,
        close: async () => {
          host.closed += 1;
        },
      };
    },
    async startSandbox(launch) {
      host.launches.push(launch);
      return {
        ready: { site: "http://127.0.0.1:40001", scriptName: "sandbox", scriptKey: "sandbox-key", pid: 1 },
        close: async () => {
          host.closed += 1;
        },
      };
    },
    async decodePicture(_path, width) {
      return new Uint8Array(width * 3 * 2).fill(7);
    },
    async runCommand(command, commandEnv) {
      host.commands.push({ command, env: commandEnv });
      return commandExit;
    },
  };
  return host;
}
