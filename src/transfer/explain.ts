import { SgmediaError } from "../shared/errors.ts";
import { formatDurationMs } from "../shared/units.ts";
import type { Failure } from "./failure.ts";

const AGAIN = "Run the same command again: it goes on from here.";

/** The error for a person when an attempt failed for good. `what` such as `part 3 of "shot.mov"`, `direction` of the bytes. */
export function explainFailure(
  failure: Failure,
  what: string,
  direction: "upload" | "download",
): SgmediaError {
  const verb = direction === "upload" ? "sent" : "fetched";
  switch (failure.kind) {
    case "slept":
      return new SgmediaError("E_NETWORK", `${capital(what)} could not be ${verb}.`, {
        why: "This machine slept in between.",
        fix: AGAIN,
      });
    case "stalled":
      return new SgmediaError("E_STALLED", `${capital(what)} could not be ${verb}: the line fell silent.`, {
        why: `No byte moved to or from ${failure.host} for ${formatDurationMs(failure.silentMs)}.`,
        fix: `${AGAIN} For a slow storage: --stall-timeout 300.`,
      });
    case "mismatch":
      return new SgmediaError("E_MISMATCH", `${capital(what)} did not arrive as it was sent.`, {
        why: `Its MD5 is ${failure.ours}, ${failure.host} names ${failure.theirs}.`,
        fix: "Something between here and the storage changes bytes: look at proxies, then run the command again.",
      });
    case "changed":
      return new SgmediaError("E_STORAGE", `${capital(what)} keeps changing on the storage.`, {
        why: failure.reason,
        fix: "Wait until nobody writes it, then run the command again.",
      });
    case "answer":
      return new SgmediaError("E_STORAGE", `The storage gives a wrong answer for ${what}.`, {
        why: `${failure.host}: ${failure.reason}`,
        fix: AGAIN,
      });
    case "network":
      return new SgmediaError(
        "E_NETWORK",
        `${capital(what)} could not be ${verb}: ${networkStory(failure.code)}.`,
        {
          why: `${failure.host}: ${failure.reason}${failure.code ? ` (${failure.code})` : ""}.`,
          fix: isTrust(failure.code)
            ? "Name your studio's certificates: SSL_CERT_FILE=/path/to/ca.pem"
            : `${AGAIN} If it stays so, look at it with -v.`,
        },
      );
    case "status":
      return explainStatus(failure, what, direction);
  }
}

function explainStatus(
  failure: Extract<Failure, { kind: "status" }>,
  what: string,
  direction: "upload" | "download",
): SgmediaError {
  const said = [failure.code, failure.message ? `"${failure.message}"` : null].filter(Boolean).join(" ");
  const why = `${failure.host} answered ${failure.status}${said ? ` ${said}` : ""}.`;
  if (direction === "download" && (failure.status === 404 || failure.status === 410)) {
    return new SgmediaError("E_MEDIA_MISSING", `The storage does not have ${what}.`, {
      why,
      fix: "Look at the record with: sgmedia info",
    });
  }
  if (failure.status >= 500 || failure.status === 429 || failure.status === 408) {
    return new SgmediaError("E_STORAGE", `The storage failed on ${what}.`, { why, fix: AGAIN });
  }
  const skewed = failure.code === "RequestTimeTooSkewed";
  return new SgmediaError("E_STORAGE_REFUSED", `The storage refused ${what}.`, {
    why,
    cause: failure,
    fix: skewed
      ? "Set this machine's clock right."
      : "Run the command again with -v to see what the storage answers.",
  });
}

/** The cause in one line, for a retry event. */
export function describeFailure(failure: Failure): string {
  switch (failure.kind) {
    case "slept":
      return "the machine slept";
    case "stalled":
      return `no byte moved for ${formatDurationMs(failure.silentMs)}`;
    case "mismatch":
      return "the storage names another checksum";
    case "network":
      return `${networkStory(failure.code)}${failure.code ? ` (${failure.code})` : ""}`;
    case "status":
      return `${failure.host} answered ${failure.status}${failure.code ? ` ${failure.code}` : ""}`;
    default:
      return failure.reason;
  }
}

function networkStory(code: string | null): string {
  if (code === "ECONNREFUSED") return "nothing answers there";
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return "the storage's name was not found";
  if (code === "UND_ERR_CONNECT_TIMEOUT" || code === "ETIMEDOUT") return "no connection came about in time";
  if (isTrust(code)) return "the storage's certificate is not trusted";
  return "the connection broke";
}

function isTrust(code: string | null): boolean {
  return code !== null && /^(?:CERT_|ERR_TLS_CERT|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO)/.test(code);
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
