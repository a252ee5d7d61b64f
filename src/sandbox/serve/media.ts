import type { IncomingMessage, ServerResponse } from "node:http";
import { isPicture, PENDING_PATH } from "../files/pictures.ts";
import { isStoredFile } from "../files/render-file.ts";
import type { Link, Sandbox } from "../types.ts";
import { refuse } from "./refuse.ts";
import { sendObject } from "./send-object.ts";

function redirect(res: ServerResponse, location: string): void {
  res.writeHead(302, { Location: location, "Content-Length": 0 });
  res.end();
}

/** What a header cannot carry, percent-encoded; what is encoded already stays as it is. */
function headerText(url: string): string {
  return Buffer.from(url)
    .toString()
    .replace(/[^\x21-\x7e]/gu, encodeURIComponent);
}

interface MediaObject {
  key: string;
  name: string;
  contentType: string;
}

/** To where the storage gives the bytes, or on an `sg` site the bytes themselves. */
async function serveObject(
  sandbox: Sandbox,
  object: MediaObject,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  if (sandbox.options.storageService === "sg") return sendObject(sandbox.storage, object, req, res);
  redirect(res, sandbox.storage.signGet(object.key, { name: object.name, contentType: object.contentType }));
}

/** An Attachment's bytes. 400 for one that is not there or that lies on a shared disk (contract/rpc.md 3 and 6.3). */
export async function serveAttachment(
  sandbox: Sandbox,
  id: number,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const row = sandbox.store.row("Attachment", id);
  const file = row && !row.retired ? row.fields["this_file"] : undefined;
  if (!isStoredFile(file)) return refuse(res, 400, `Attachment ${id} does not exist.`);
  switch (file.linkType) {
    case "upload":
      return serveObject(sandbox, file, req, res);
    case "web":
      return redirect(res, headerText(file.url));
    case "local":
      return refuse(res, 400, `Attachment ${id} is a local file.`);
  }
}

/** The picture of a record as it was sent, or a movie's full-size frame; the placeholder until that is made. */
export async function serveFullPicture(
  sandbox: Sandbox,
  { type, id }: Link,
  field: "image" | "filmstrip_image",
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const row = sandbox.store.row(type, id);
  const picture = row && !row.retired ? row.fields[field] : undefined;
  if (!isPicture(picture)) return refuse(res, 404, `${type} ${id} has no thumbnail.`);
  if (picture.smallKey === null) return redirect(res, `${sandbox.origin}${PENDING_PATH}`);
  const { originalKey: key, name, contentType } = picture;
  return serveObject(sandbox, { key, name, contentType }, req, res);
}
