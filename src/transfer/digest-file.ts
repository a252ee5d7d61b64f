import type { EngineContext } from "./context.ts";
import { FileHash } from "./file-hash.ts";
import { SourceFile } from "./source-file.ts";

/** Reads a local file once, in the hashing threads. Throws E_SOURCE_CHANGED when it is written to meanwhile. */
export async function digestFile(
  context: EngineContext,
  path: string,
): Promise<{ sizeBytes: number; sha256: string }> {
  const source = await SourceFile.open(path);
  try {
    const sha256 = await sha256Of(context, source);
    await source.assertUnchanged();
    return { sizeBytes: source.sizeBytes, sha256 };
  } finally {
    await source.close();
  }
}

/** Of an open file. */
export async function sha256Of(context: EngineContext, source: SourceFile): Promise<string> {
  const hash = new FileHash(context.hashes, {
    fd: source.fd,
    sizeBytes: source.sizeBytes,
    sha256: true,
    tileBytes: null,
    wholeMd5: false,
    tooShort: () => source.changed("It is shorter than it was."),
  });
  try {
    hash.ready(0, source.sizeBytes);
    return (await hash.finish()).sha256 ?? "";
  } finally {
    await hash.close();
  }
}
