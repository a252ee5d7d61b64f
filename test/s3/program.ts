import { createHash } from "node:crypto";
import { createInterface } from "node:readline";
import { execa } from "execa";
import { PROGRAM } from "../e2e/harness.ts";

// biome-ignore lint/suspicious/noExplicitAny: an event is looked into by the test that waits for it
export type Event = any;

/** Runs sgmedia with one JSON event a line; `onEvent` is awaited before the next line is looked at. */
export async function runWatched(
  where: { env: Record<string, string>; folder: string },
  args: readonly string[],
  onEvent: (event: Event, kill: () => void) => Promise<void> | void = () => undefined,
): Promise<{ code: number; signal: string | undefined; json: Event; events: Event[] }> {
  const child = execa(process.execPath, [PROGRAM, ...args, "--json", "--progress", "json"], {
    cwd: where.folder,
    env: where.env,
    extendEnv: false,
    reject: false,
    stdin: "ignore",
  });
  const events: Event[] = [];
  for await (const line of createInterface({ input: child.stderr })) {
    const event: Event = line.startsWith("{") ? JSON.parse(line) : { event: "text", text: line };
    events.push(event);
    await onEvent(event, () => child.kill("SIGKILL"));
  }
  const { exitCode, signal, stdout } = await child;
  return {
    code: exitCode ?? -1,
    signal,
    json: stdout === "" ? undefined : JSON.parse(stdout),
    events,
  };
}

/** The first event by which at least that much is accepted. */
export function hasAccepted(event: Event, bytes: number): boolean {
  return event.event === "progress" && event.acceptedBytes >= bytes;
}

export function md5(bytes: Uint8Array): string {
  return createHash("md5").update(bytes).digest("hex");
}

/** The ETag that S3 gives to these bytes in parts of that size. */
export function composite(bytes: Uint8Array, partBytes: number): string {
  const whole = createHash("md5");
  let parts = 0;
  for (let at = 0; at < bytes.length; at += partBytes, parts += 1)
    whole.update(
      createHash("md5")
        .update(bytes.subarray(at, at + partBytes))
        .digest(),
    );
  return `${whole.digest("hex")}-${parts}`;
}
