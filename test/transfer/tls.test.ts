import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import type { EngineOptions } from "../../src/transfer/types.ts";
import { AUTHORITY_PEM, SERVER_CERT_PEM, SERVER_KEY_PEM } from "../site/certificates.ts";
import { Bench, MIB, randomBytes } from "./bench.ts";

const TLS = { key: SERVER_KEY_PEM, cert: SERVER_CERT_PEM };
let bench: Bench;
afterEach(() => bench.stop());

async function trusting(): Promise<Pick<EngineOptions, "caFile">> {
  const caFile = join(bench.dir, "ca.pem");
  await writeFile(caFile, AUTHORITY_PEM);
  return { caFile };
}

describe("a storage behind TLS", () => {
  it("that nobody vouches for is not tried twice; the way out is named", async () => {
    bench = await Bench.start(TLS);
    const error = await bench
      .engine()
      .upload(bench.upload(await bench.file("a.mov", randomBytes(1000))))
      .catch((thrown) => thrown);
    expect(error).toMatchObject({ code: "E_NETWORK", fix: expect.stringContaining("SSL_CERT_FILE") });
    expect(bench.slept).toEqual([]);
    expect(bench.storage.log).toEqual([]);
  });

  it("is trusted with the studio's own certificates; a cut connection is gone on with", async () => {
    bench = await Bench.start(TLS);
    const bytes = randomBytes(21 * MIB);
    bench.storage.faults.push({ method: "PUT", part: 2, times: 1, resetAfter: 2 * MIB });
    const engine = bench.engine({ ...(await trusting()), partSizeBytes: 5 * MIB });
    await engine.upload(bench.upload(await bench.file("a.mov", bytes)));
    expect(bench.site.onlyBytes.equals(bytes)).toBe(true);
    const target = join(bench.dir, "b.mov");
    bench.storage.faults.push({ method: "GET", times: 1, resetAfter: 2 * MIB });
    await engine.download(bench.download("upload-1", target));
    expect((await readFile(target)).equals(bytes)).toBe(true);
  });

  it("certificates that are none are a matter of configuration", async () => {
    bench = await Bench.start(TLS);
    const caFile = await bench.file("ca.pem", Buffer.from("nothing"));
    const job = bench.upload(await bench.file("a.mov", randomBytes(1000)));
    await expect(bench.engine({ caFile: join(bench.dir, "none.pem") }).upload(job)).rejects.toMatchObject({
      code: "E_CONFIG",
    });
    await expect(bench.engine({ caFile }).upload(job)).rejects.toMatchObject({ code: "E_CONFIG" });
  });
});

describe("buffers that are used again", () => {
  // A socket may still hold what it was given: a reader that takes its time would see another buffer's bytes.
  for (const [name, tls] of [
    ["http", null],
    ["https", TLS],
  ] as const) {
    for (const limitRateBytes of [null, 40 * MIB]) {
      it(`never reach a slow reader with other bytes, ${name}${limitRateBytes ? ", in small slices" : ""}`, async () => {
        bench = await Bench.start(tls);
        const bytes = randomBytes(21 * MIB);
        bench.storage.faults.push({ method: "PUT", slowReader: true });
        const engine = bench.engine({ ...(await trusting()), partSizeBytes: 5 * MIB, limitRateBytes });
        await engine.upload(bench.upload(await bench.file("a.mov", bytes)));
        expect(bench.site.onlyBytes.equals(bytes)).toBe(true);
        expect(bench.events.filter((event) => event.kind === "retry")).toEqual([]);
      });
    }
  }
});
