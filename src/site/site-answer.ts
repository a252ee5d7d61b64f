import * as v from "valibot";
import { type SgmediaError as Foreseen, SgmediaError } from "../shared/errors.ts";
import { formatRef, type RecordRef } from "../shared/records.ts";
import { cleanText } from "./clean-text.ts";
import { isWebPage, webPageError } from "./decode.ts";
import type { WireReply } from "./transport.ts";

/** What was asked, as the end of "The site refused to …". */
export interface Asked {
  readonly origin: string;
  readonly what: string;
  readonly record?: RecordRef | undefined;
}

const ErrorsSchema = v.object({
  errors: v.pipe(
    v.array(
      v.looseObject({
        code: v.optional(v.nullable(v.union([v.number(), v.string()]))),
        title: v.optional(v.nullable(v.string())),
        detail: v.optional(v.nullable(v.unknown())),
        source: v.optional(v.nullable(v.unknown())),
      }),
    ),
    v.minLength(1),
  ),
});

/** What the site says went wrong (contract/rest.md 9): its own code, and one clean line. */
export interface SiteComplaint {
  readonly code: number | null;
  /** Null where the site gave no reason that can be read. */
  readonly text: string | null;
}

export function readComplaint(reply: Pick<WireReply, "text">): SiteComplaint {
  let json: unknown;
  try {
    json = JSON.parse(reply.text);
  } catch {
    return { code: null, text: null };
  }
  const errors = v.safeParse(ErrorsSchema, json);
  if (errors.success) {
    const [first] = errors.output.errors;
    const code = Number(first?.code ?? Number.NaN);
    const parts = [first?.title, first?.detail, first?.source]
      .map((part) => (typeof part === "string" ? part : JSON.stringify(part ?? "")))
      // An empty text, list or map says nothing.
      .filter((part) => !/^(?:|""|\{\}|\[\])$/.test(part));
    return {
      code: Number.isInteger(code) ? code : null,
      text: parts.length > 0 ? cleanText(parts.join(": ")) : null,
    };
  }
  // The transcode endpoint says {error}, /internal_api says {message} (contract/rest.md 9).
  const other = v.safeParse(
    v.union([v.object({ error: v.string() }), v.object({ message: v.string() })]),
    json,
  );
  if (!other.success) return { code: null, text: null };
  return { code: null, text: cleanText("error" in other.output ? other.output.error : other.output.message) };
}

/** `studio.example answered 400 "Can't authenticate script".` */
export function describeAnswer(reply: WireReply, origin: string): string {
  const { text } = readComplaint(reply);
  return `${new URL(origin).host} answered ${reply.status}${text === null ? "" : ` "${text}"`}.`;
}

/** The error that an answer other than 2xx stands for. */
export function explainAnswer(reply: WireReply, asked: Asked): Foreseen {
  const { origin, what } = asked;
  const why = describeAnswer(reply, origin);
  const complaint = readComplaint(reply);
  const said = complaint.text ?? "";
  const { status } = reply;

  if (status >= 300 && status < 400) return movedError(reply, origin);
  if (status === 401) {
    return new SgmediaError("E_AUTH_REFUSED", "The site no longer takes this sign-in.", {
      why,
      fix: "Sign in anew: `sgmedia config` shows the credentials in force and where they come from.",
    });
  }
  if (status === 408 || status === 429 || status === 503) {
    return new SgmediaError("E_SITE_BUSY", `The site asks to come back later (${what}).`, {
      why: status === 503 ? `${why} It is busy or under maintenance.` : why,
      fix: "Run the command again in a few minutes; it goes on from here.",
    });
  }
  if (status >= 500) {
    return new SgmediaError("E_SITE", `The site failed to ${what}.`, {
      why,
      fix: "Run the command again; it goes on from here.",
    });
  }
  if (isWebPage(reply)) return webPageError(asked);
  if (status === 403 || /\bpermissions?\b|not allowed to|not permitted/i.test(said)) {
    return new SgmediaError("E_FORBIDDEN", `This user may not ${what}.`, {
      why,
      fix: "See with `sgmedia config` who is signed in, then ask an administrator of the site.",
    });
  }
  if (status === 400 && /is not an image or attachment/i.test(said)) {
    return new SgmediaError("E_FIELD_TAKES_NO_FILE", "The field holds no file.", {
      why,
      fix: asked.record ? `sgmedia fields ${asked.record.type} --media` : null,
    });
  }
  if (status === 404 && /\bEntity type '[^']*' does not exist/i.test(said)) {
    return new SgmediaError("E_TYPE_UNKNOWN", "The site has no such record type.", {
      why,
      fix: "sgmedia fields --help",
    });
  }
  if (status === 404 && /\bField '[^']*' does not exist/i.test(said)) {
    return new SgmediaError("E_FIELD_UNKNOWN", "The record type has no such field.", {
      why,
      fix: asked.record ? `sgmedia fields ${asked.record.type}` : null,
    });
  }
  if (status === 400 && /match any defined Local Storage/i.test(said)) {
    return new SgmediaError("E_NO_STORAGE_ROOT", "No local storage of the site covers the path.", {
      why,
      fix: "Ask an administrator for a LocalStorage root above it, or upload the file.",
    });
  }
  if (status === 404 && asked.record) {
    return new SgmediaError("E_RECORD_MISSING", `There is no ${formatRef(asked.record)} on ${origin}.`, {
      why,
      fix: "Check the number; a deleted record counts as missing.",
    });
  }
  return new SgmediaError("E_SITE_REFUSED", `The site refused to ${what}.`, {
    why,
    fix: "Run the command again with -v to see what was asked.",
  });
}

function movedError(reply: WireReply, origin: string): Foreseen {
  const location = reply.headers.get("location") ?? "";
  const target = URL.canParse(location, origin) ? new URL(location, origin) : undefined;
  const elsewhere = target !== undefined && target.origin !== origin;
  return new SgmediaError("E_SITE", "The site answered with a redirect, not with data.", {
    why: elsewhere
      ? `${origin} sends its callers to ${target.origin}. Credentials are not sent after it.`
      : `${origin} sent the call elsewhere on the site: is it a sign-in page?`,
    fix: elsewhere
      ? `If that is your site: --site ${target.origin}`
      : "Check --site; `sgmedia config` shows where it comes from.",
  });
}
