import { expect, it } from "vitest";
import { createTurns } from "../../../src/sandbox/storage/turns.ts";

it("one after another, in the order asked for, and past one that fails", async () => {
  const inTurn = createTurns();
  const seen: string[] = [];
  let goOn = (): void => undefined;
  const first = inTurn(async () => {
    seen.push("first begins");
    await new Promise<void>((resolve) => {
      goOn = resolve;
    });
    seen.push("first ends");
    throw new Error("first");
  });
  const second = inTurn(async () => {
    seen.push("second");
    return 2;
  });
  await expect.poll(() => seen).toEqual(["first begins"]);
  goOn();
  await expect(first).rejects.toThrow("first");
  expect(await second).toBe(2);
  expect(seen).toEqual(["first begins", "first ends", "second"]);
});
