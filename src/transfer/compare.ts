import type { EngineContext } from "./context.ts";
import { compositeEtag, etagKind, inferPartSizes } from "./etag.ts";
import { FileHash } from "./file-hash.ts";
import { tileParts } from "./plan.ts";
import { SourceFile } from "./source-file.ts";
import type { StoredFacts } from "./types.ts";

/**
 * Whether a local file is what the storage's facts say. Unlike sizes need no reading. `unknown` where the ETag is no checksum; a composite
 * one is tried with every part size that it can stem from.
 */
export async function compareFile(
  context: EngineContext,
  path: string,
  facts: StoredFacts,
): Promise<"same" | "different" | "unknown"> {
  const source = await SourceFile.open(path);
  try {
    if (source.sizeBytes !== facts.sizeBytes) return "different";
    const sum = etagKind(facts.etag);
    if (sum.kind === "opaque") return "unknown";
    const hash = new FileHash(context.hashes, {
      fd: source.fd,
      sizeBytes: source.sizeBytes,
      sha256: false,
      tileBytes: null,
      wholeMd5: false,
      tooShort: () => source.changed("It is shorter than it was."),
    });
    try {
      const sizes = sum.kind === "md5" ? [source.sizeBytes] : inferPartSizes(source.sizeBytes, sum.parts);
      for (const partSize of sizes) {
        const parts = tileParts(source.sizeBytes, partSize);
        const md5s = await Promise.all(parts.map((part) => hash.md5(part.offset, part.bytes)));
        const ours = sum.kind === "md5" ? md5s[0] : compositeEtag(md5s);
        await source.assertUnchanged();
        if (ours === (sum.kind === "md5" ? sum.md5 : sum.etag)) return "same";
      }
      return sizes.length > 0 ? "different" : "unknown";
    } finally {
      await hash.close();
    }
  } finally {
    await source.close();
  }
}
