import { spawn } from "node:child_process";
import { constants } from "node:os";
import { SgmediaError, systemCode } from "../shared/errors.ts";

/**
 * Runs a program on this terminal, with this program's streams and environment and `env` besides. Resolves with its exit
 * code, 128 + n where signal n ended it. When this program is asked to stop, so is that one, and its answer is awaited.
 */
export function runCommand(
  command: readonly string[],
  env: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<number> {
  const [program = "", ...args] = command;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: "inherit", env: { ...process.env, ...env } });
    const pass = (): void => {
      const terminated = signal.reason instanceof SgmediaError && signal.reason.exit === 143;
      // On a terminal Ctrl-C has reached it already.
      if (terminated || process.stdin.isTTY !== true) child.kill(terminated ? "SIGTERM" : "SIGINT");
    };
    signal.addEventListener("abort", pass, { once: true });
    child.on("error", (error) => {
      const why = `The system answered ${systemCode(error) ?? error.message}.`;
      const fix = "Check its name.";
      reject(new SgmediaError("E_USAGE", `"${program}" cannot be run.`, { why, fix, cause: error }));
    });
    child.on("exit", (code, by) => {
      signal.removeEventListener("abort", pass);
      resolve(code ?? 128 + (by === null ? 0 : constants.signals[by]));
    });
  });
}
