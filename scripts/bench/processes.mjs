import { spawn } from "node:child_process";

/** What must be undone however this ends: processes, namespaces, files. Last come, first gone. */
const undo = [];

process.on("exit", () => {
  while (undo.length > 0) {
    try {
      undo.pop()();
    } catch {
      // It was gone already.
    }
  }
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => process.exit(130));

/** Returns a function that does it now, and not a second time at the end. */
export function atTheEnd(act) {
  undo.push(act);
  return () => {
    const at = undo.indexOf(act);
    if (at >= 0) undo.splice(at, 1);
    act();
  };
}

/** A process group of our own, gone at the latest when we are. */
export function start(argv, options) {
  const child = spawn(argv[0], argv.slice(1), { ...options, detached: true });
  const stop = atTheEnd(() => {
    try {
      process.kill(-child.pid, "SIGKILL");
    } catch {
      // It ended by itself.
    }
  });
  child.once("exit", stop);
  return { child, stop };
}
