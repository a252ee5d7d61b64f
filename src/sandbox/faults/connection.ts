import type { Socket } from "node:net";

/** Ends a connection by RST, so that the peer reads an error and not an end. Under TLS only by an early end. */
export function resetConnection(socket: Socket | null): void {
  if (!socket || socket.destroyed) return;
  try {
    socket.resetAndDestroy();
  } catch {
    socket.destroy();
  }
}

/** Waits, without keeping a sandbox alive that is being closed. */
export function delay(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds).unref());
}
