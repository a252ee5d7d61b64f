import { call } from "./remote-call.ts";
import { elementsOf, textOf } from "./s3-xml.ts";
import type { UrlSigner } from "./sign-urls.ts";

export interface ListedMultipart {
  readonly key: string;
  readonly uploadId: string;
  readonly parts: number;
}

/** The bucket's open multiparts, each with how many parts it holds; page by page. */
export async function listMultiparts({ sign }: UrlSigner): Promise<ListedMultipart[]> {
  const found: ListedMultipart[] = [];
  let markers: Record<string, string> = {};
  for (;;) {
    const xml = await (await call("GET", sign("GET", "", { uploads: "", ...markers }))).text();
    for (const upload of elementsOf(xml, "Upload")) {
      const [key, uploadId] = [textOf(upload, "Key") ?? "", textOf(upload, "UploadId") ?? ""];
      found.push({ key, uploadId, parts: await countParts(sign, key, uploadId) });
    }
    if (textOf(xml, "IsTruncated") !== "true") return found;
    markers = {
      "key-marker": textOf(xml, "NextKeyMarker") ?? "",
      "upload-id-marker": textOf(xml, "NextUploadIdMarker") ?? "",
    };
  }
}

async function countParts(sign: UrlSigner["sign"], key: string, uploadId: string): Promise<number> {
  let parts = 0;
  let marker: Record<string, string> = {};
  for (;;) {
    const xml = await (await call("GET", sign("GET", key, { uploadId, ...marker }))).text();
    parts += elementsOf(xml, "Part").length;
    if (textOf(xml, "IsTruncated") !== "true") return parts;
    marker = { "part-number-marker": textOf(xml, "NextPartNumberMarker") ?? "" };
  }
}
