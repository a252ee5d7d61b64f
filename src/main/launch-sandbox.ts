import { readFile } from "node:fs/promises";
import type { RunningSandbox, SandboxLaunch } from "../cli/host.ts";
import { SgmediaError, systemCode } from "../shared/errors.ts";

const SYSTEM_TROUBLE: Readonly<Record<string, string>> = {
  EADDRINUSE: "Another program listens there.",
  EADDRNOTAVAIL: "This machine has no such address.",
  EACCES: "This user may not do that.",
  ENOTFOUND: "There is no such name.",
};

/** Starts a sandbox with the faults it is to begin with. Throws E_CONFIG for an address, a folder or a file that will not do. */
export async function launchSandbox(launch: SandboxLaunch): Promise<RunningSandbox> {
  const { faultsFile, ...options } = launch;
  const faults = faultsFile === undefined ? [] : await readFaults(faultsFile);
  const { startSandbox } = await import("../sandbox/start.ts");
  try {
    const running = await startSandbox({ ...options, faults });
    return { ready: { ...running.ready }, close: () => running.close() };
  } catch (thrown) {
    if (!(thrown instanceof Error) || thrown instanceof TypeError) throw thrown;
    if (launch.remote && thrown.name === "StorageError") throw unusableStorage(launch.remote, thrown);
    const code = systemCode(thrown);
    const place = `${launch.host ?? "127.0.0.1"}${launch.port ? `:${launch.port}` : ""}`;
    throw new SgmediaError("E_CONFIG", `The sandbox could not start on ${place}.`, {
      why: SYSTEM_TROUBLE[code ?? ""] ?? thrown.message,
      fix:
        faultsFile === undefined
          ? "Choose another --port, --host or --dir."
          : `Correct ${faultsFile}, or leave it out.`,
      cause: thrown,
    });
  }
}

function unusableStorage(
  { endpoint, bucket }: NonNullable<SandboxLaunch["remote"]>,
  thrown: Error,
): SgmediaError {
  const fix = /NoSuchBucket/.test(thrown.message)
    ? "Make the bucket first, or choose another --storage-bucket."
    : / 403\b/.test(thrown.message)
      ? "Look at AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION."
      : "Look at --storage-endpoint.";
  return new SgmediaError("E_CONFIG", `The sandbox cannot use the bucket "${bucket}" at ${endpoint}.`, {
    why: thrown.message,
    fix,
    cause: thrown,
  });
}

async function readFaults(path: string): Promise<unknown[]> {
  try {
    const faults: unknown = JSON.parse(await readFile(path, "utf8"));
    if (Array.isArray(faults)) return faults;
  } catch (thrown) {
    throw new SgmediaError("E_CONFIG", `The faults in ${path} cannot be read.`, {
      why: systemCode(thrown) ?? "It is no JSON.",
      fix: "Give a JSON list of rules.",
      cause: thrown,
    });
  }
  throw new SgmediaError("E_CONFIG", `${path} holds no list of faults.`, {
    fix: "Give a JSON list of rules.",
  });
}
