import type { Settings } from "../config/settings.ts";
import type { Work, WorkProgress } from "../workflow/types.ts";

/** A stream that a person or a pipe is behind. */
export type TextStream = NodeJS.WritableStream & {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
};

/** What a command adds to the settings before work can begin. */
export interface WorkExtras {
  readonly progress: WorkProgress;
  readonly signal: AbortSignal;
  readonly dryRun: boolean;
  /** For `-v`: what is asked of whom. Absent: nobody wants to know. */
  readonly onRequest?: (line: string) => void;
}

export interface OpenedWork {
  readonly work: Work;
  close(): Promise<void>;
}

/** Options of `sgmedia sandbox`; what is absent has the sandbox's own default. */
export interface SandboxLaunch {
  readonly host?: string;
  readonly port?: number;
  readonly dir?: string;
  readonly storageService?: "s3" | "sg";
  readonly transcodeDelayMs?: number;
  readonly webm?: boolean;
  readonly strictCookies?: boolean;
  readonly fieldlessMultipart?: boolean;
  readonly remote?: {
    readonly endpoint: string;
    readonly bucket: string;
    readonly region: string;
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
  };
  /** A file with a JSON list of fault rules, absolute. */
  readonly faultsFile?: string;
  /** Told why media was not transcoded. */
  readonly onProblem?: (message: string) => void;
}

/** The one line that a sandbox prints with `--json` once it answers. */
export interface SandboxReady {
  readonly site: string;
  readonly scriptName: string;
  readonly scriptKey: string;
  readonly [more: string]: unknown;
}

export interface RunningSandbox {
  readonly ready: SandboxReady;
  close(): Promise<void>;
}

/** The hands of the command line: everything of the world that a command touches comes through here. */
export interface CliHost {
  readonly version: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly platform: NodeJS.Platform;
  readonly stdin: AsyncIterable<Uint8Array> & { readonly isTTY?: boolean };
  readonly stdout: TextStream;
  readonly stderr: TextStream;
  /** Aborted, with an SgmediaError as its reason, when the program is asked to stop. */
  readonly signal: AbortSignal;
  readonly nowMs: () => number;
  openWork(settings: Settings, extras: WorkExtras): Promise<OpenedWork>;
  startSandbox(options: SandboxLaunch): Promise<RunningSandbox>;
  /** A picture scaled to `width` pixels: rows of RGB, three bytes a pixel. Throws E_FFMPEG. */
  decodePicture(path: string, width: number): Promise<Uint8Array>;
  /** Runs a program on this terminal; resolves with its exit code, 128 + n where signal n ended it. */
  runCommand(command: readonly string[], env: Readonly<Record<string, string>>): Promise<number>;
}
