import type { IncomingMessage, ServerResponse } from "node:http";
import { authenticateParams, isAuthFailure } from "../auth/authenticate.ts";
import { SiteError } from "../store/site-error.ts";
import type { Caller, Exchange, Sandbox } from "../types.ts";
import { completeMultipart, linkFile, linkInfo, partLink } from "./direct-upload.ts";
import { authParams } from "./json-rpc.ts";
import { receiveFile } from "./legacy-upload.ts";
import { MalformedForm } from "./read-multipart.ts";
import { shareThumbnail } from "./share-thumbnail.ts";

/** A form that was filled in by someone who signed in. Answers the text that the client parses. */
type FormRoute = (sandbox: Sandbox, caller: Caller, form: URLSearchParams) => Promise<string> | string;

const FORMS: Readonly<Record<string, FormRoute>> = {
  "/upload/api_get_upload_link_info": linkInfo,
  "/upload/api_get_upload_link_for_part": partLink,
  "/upload/api_complete_multipart_upload": completeMultipart,
  "/upload/api_link_file": linkFile,
  "/upload/share_thumbnail": shareThumbnail,
};

/** Forms that carry a file, and the part it is in. */
const FILES: Readonly<Record<string, "file" | "thumb_image">> = {
  "/upload/upload_file": "file",
  "/upload/publish_thumbnail": "thumb_image",
};

/** Whoever filled in a form. Throws SiteError. */
function callerOf(sandbox: Sandbox, form: URLSearchParams): Caller {
  const caller = authenticateParams(sandbox, authParams(Object.fromEntries(form)));
  if (isAuthFailure(caller)) throw new SiteError(401, caller.message, { code: 102 });
  return caller;
}

/** A refusal is a 200 whose text does not begin with 1: a client shows no other reason to its user (contract/rpc.md 2.8). */
function refusalOf(thrown: unknown): string {
  if (thrown instanceof SiteError) {
    const reason = thrown.message === "Not Found" && thrown.detail ? thrown.detail : thrown.message;
    return `0\n${reason}`;
  }
  if (thrown instanceof MalformedForm) return `0\n${thrown.message}`;
  throw thrown;
}

async function textFor(
  sandbox: Sandbox,
  req: IncomingMessage,
  exchange: Exchange,
): Promise<string | undefined> {
  const { pathname } = exchange.url;
  const part = FILES[pathname];
  if (part) return receiveFile(sandbox, req, part, (form) => callerOf(sandbox, form));
  const route = FORMS[pathname];
  if (!route) return undefined;
  const form = new URLSearchParams((await exchange.body()).toString("utf8"));
  return route(sandbox, callerOf(sandbox, form), form);
}

/** Everything under `/upload/` (contract/rpc.md 2); false for a path that is none of them. */
export async function answerUpload(
  sandbox: Sandbox,
  req: IncomingMessage,
  res: ServerResponse,
  exchange: Exchange,
): Promise<boolean> {
  const text = await textFor(sandbox, req, exchange).catch(refusalOf);
  if (text === undefined) return false;
  // A refused file is read to its end all the same, so that the sender hears the reason and not a reset.
  for await (const _rest of req) {
    // Dropped.
  }
  const bytes = Buffer.from(text, "utf8");
  res.writeHead(200, { "Content-Type": "text/plain; charset=utf-8", "Content-Length": bytes.length });
  res.end(bytes);
  return true;
}
