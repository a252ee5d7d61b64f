import type { IncomingMessage } from "node:http";

/** Faults that only the storage itself can act out. */
export interface StorageFault {
  readonly expireUrl: boolean;
  readonly storeNothing: boolean;
}

const flags = new WeakMap<IncomingMessage, StorageFault>();

export function setStorageFault(req: IncomingMessage, fault: StorageFault): void {
  flags.set(req, fault);
}

export function storageFaultOf(req: IncomingMessage): StorageFault | undefined {
  return flags.get(req);
}
