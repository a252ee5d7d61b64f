import { SgmediaError } from "../shared/errors.ts";
import { describeAnswer, explainAnswer, readComplaint } from "./site-answer.ts";
import type { WireReply } from "./transport.ts";
import type { Credentials } from "./types.ts";

/** RPC's numbers for the same refusals (contract/rest.md 2); whether REST gives them is not known, so words count too. */
const TWO_FACTOR_CODE = 106;
const SINGLE_SIGN_ON_CODE = 108;
const IDENTITY_CODE = 110;
const TWO_FACTOR_WORDS = /two.?factor|2fa|one.?time|auth_token|multi.?factor/i;

/**
 * Why the site gave no token. `authMethod` is the site's own word for how people sign in there (contract/login.md 1),
 * where it is known.
 */
export function explainRefusal(
  reply: WireReply,
  credentials: Exclude<Credentials, { kind: "none" }>,
  origin: string,
  authMethod: string | undefined,
): SgmediaError {
  if (reply.status !== 400 && reply.status !== 401 && reply.status !== 403) {
    return explainAnswer(reply, { origin, what: "sign this user in" });
  }
  const why = describeAnswer(reply, origin);
  const complaint = readComplaint(reply);
  if (complaint.text === null && complaint.code === null) {
    return explainAnswer(
      { ...reply, status: reply.status === 401 ? 400 : reply.status },
      { origin, what: "sign this user in" },
    );
  }
  switch (credentials.kind) {
    case "script":
      if (credentials.sudoAsLogin !== undefined && !/authenticate script/i.test(complaint.text ?? "")) {
        return new SgmediaError(
          "E_AUTH_REFUSED",
          `The script "${credentials.scriptName}" may not act for "${credentials.sudoAsLogin}".`,
          {
            why,
            fix: "An administrator allows it on the person's page; the person must be active.",
          },
        );
      }
      return new SgmediaError(
        "E_AUTH_REFUSED",
        `The site refused the script key of "${credentials.scriptName}".`,
        {
          why,
          fix: "Check SGMEDIA_SCRIPT_NAME and SGMEDIA_SCRIPT_KEY; `sgmedia config` shows where they come from.",
        },
      );
    case "session":
      return new SgmediaError("E_AUTH_REFUSED", "The session has ended or was signed out.", {
        why,
        fix: "Set SGMEDIA_SESSION_TOKEN to a session that is open, or sign in with a script key.",
      });
    case "password":
      return explainPersonRefusal(complaint, credentials.login, { why, authMethod });
  }
}

function explainPersonRefusal(
  complaint: ReturnType<typeof readComplaint>,
  person: string,
  facts: { why: string; authMethod: string | undefined },
): SgmediaError {
  const { why, authMethod } = facts;
  if (complaint.code === TWO_FACTOR_CODE || TWO_FACTOR_WORDS.test(complaint.text ?? "")) {
    return new SgmediaError("E_AUTH_TWO_FACTOR", `The site wants a one-time code of "${person}".`, {
      why,
      fix: "Set SGMEDIA_AUTH_TOKEN to the code.",
    });
  }
  const message = `The site refused the password of "${person}".`;
  if (complaint.code === IDENTITY_CODE || authMethod === "oxygen") {
    return new SgmediaError("E_AUTH_REFUSED", message, {
      why: `${why} People sign in there with Autodesk Identity; a password works only as the legacy login and passphrase of someone whose personal access token is bound in Account Settings.`,
      fix: "Sign in with a script key, or with SGMEDIA_SESSION_TOKEN.",
    });
  }
  if (complaint.code === SINGLE_SIGN_ON_CODE || authMethod === "saml2") {
    return new SgmediaError("E_AUTH_REFUSED", message, {
      why: `${why} People sign in there with single sign-on, which takes no password.`,
      fix: "Sign in with a script key, or with SGMEDIA_SESSION_TOKEN.",
    });
  }
  return new SgmediaError("E_AUTH_REFUSED", message, {
    why,
    fix: "Check SGMEDIA_LOGIN and SGMEDIA_PASSWORD; `sgmedia config` shows where they come from.",
  });
}

/** The one-time code is spent and the session that it opened cannot be prolonged. */
export function codeSpentError(person: string, why: string): SgmediaError {
  return new SgmediaError(
    "E_AUTH_TWO_FACTOR",
    `The sign-in of "${person}" has ended and its one-time code is spent.`,
    {
      why,
      fix: "Set SGMEDIA_AUTH_TOKEN to a new code.",
    },
  );
}
