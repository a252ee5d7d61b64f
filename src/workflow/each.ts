import { type SgmediaError, toSgmediaError } from "../shared/errors.ts";

/**
 * Runs `run` over the items, `atOnce` at a time, and gives the outcomes in the items' order. An item's failure is that item's
 * outcome and the rest goes on; only an interruption, or a failure that no other item could escape, ends it all.
 */
export async function forEachAtOnce<Item, Outcome>(
  items: readonly Item[],
  atOnce: number,
  run: (item: Item, index: number) => Promise<Outcome>,
  onFailure: (item: Item, error: SgmediaError) => Outcome,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = new Array(items.length);
  let next = 0;
  let stop: SgmediaError | undefined;
  const worker = async (): Promise<void> => {
    while (next < items.length && !stop) {
      const index = next;
      next += 1;
      const item = items[index] as Item;
      try {
        outcomes[index] = await run(item, index);
      } catch (thrown) {
        const error = toSgmediaError(thrown);
        if (endsEverything(error)) stop ??= error;
        else outcomes[index] = onFailure(item, error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, Math.min(atOnce, items.length)) }, worker));
  if (stop) throw stop;
  return outcomes;
}

function endsEverything(error: SgmediaError): boolean {
  return (
    error.exit === 1 ||
    error.code === "E_INTERRUPTED" ||
    error.code === "E_NOT_SIGNED_IN" ||
    error.code === "E_AUTH_REFUSED"
  );
}
