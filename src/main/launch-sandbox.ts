import { readFile } from "node:fs/promises";
import type { RunningSandbox, SandboxLaunch } from "../cli/host.ts";
import { SgmediaError, systemCode } from "../shared/errors.ts";

const ADDRESS_TROUBLE: Readonly<Record<string, string>> = {
  EADDRINUSE: "Another program listens there.",
  EADDRNOTAVAIL: "This machine has no such address.",
  EACCES: "This user may not listen there.",
  ENOTFOUND: "There is no such name.",
};

/** Starts a sandbox and hands it the faults it is to begin with. Throws E_CONFIG for an address or a file that will not do. */
export async function launchSandbox(launch: SandboxLaunch): Promise<RunningSandbox> {
  const { faultsFile, ...options } = launch;
  const faults = faultsFile === undefined ? null : await readFaults(faultsFile);
  const { startSandbox } = await import("../sandbox/start.ts");
  const running = await startSandbox(options).catch((thrown: unknown) => {
    throw cannotListen(launch, thrown);
  });
  const started = { ready: { ...running.ready }, close: () => running.close() };
  if (faults !== null) {
    try {
      await postFaults(started.ready.site, faults, faultsFile ?? "");
    } catch (thrown) {
      await started.close();
      throw thrown;
    }
  }
  return started;
}

async function readFaults(path: string): Promise<string> {
  try {
    const text = await readFile(path, "utf8");
    if (Array.isArray(JSON.parse(text))) return text;
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

async function postFaults(site: string, faults: string, path: string): Promise<void> {
  const answer = await fetch(`${site}/_sandbox/faults`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: faults,
  });
  if (answer.ok) return;
  throw new SgmediaError("E_CONFIG", `The sandbox refused the faults in ${path}.`, {
    why: (await answer.text()).slice(0, 500),
    fix: "Correct the rules.",
  });
}

function cannotListen({ host, port }: SandboxLaunch, thrown: unknown): unknown {
  const why = ADDRESS_TROUBLE[systemCode(thrown) ?? ""];
  if (why === undefined) return thrown;
  const place = `${host ?? "127.0.0.1"}${port === undefined ? "" : `, port ${port}`}`;
  return new SgmediaError("E_CONFIG", `The sandbox cannot listen on ${place}.`, {
    why,
    fix: "Leave --port and --host out, or choose others.",
    cause: thrown,
  });
}
