import * as v from "valibot";
import { SgmediaError } from "../shared/errors.ts";
import { redactText, rememberSecret } from "../shared/redact.ts";
import { LostReply } from "../transfer/ports.ts";
import { codeSpentError, explainRefusal } from "./auth-refusal.ts";
import { waitUnlessCancelled } from "./cancellation.ts";
import { decodeReply } from "./decode.ts";
import { API_ROOT } from "./entity-path.ts";
import type { Exchange } from "./exchange.ts";
import { type GrantForm, grantForm, refreshForm, secretsOf } from "./grants.ts";
import { describeAnswer } from "./site-answer.ts";
import type { Credentials } from "./types.ts";

/** Printable and without spaces: it goes into a header. */
const TokenSchema = v.pipe(v.string(), v.regex(/^[\x21-\x7e]+$/));
const TokenReplySchema = v.looseObject({
  access_token: TokenSchema,
  expires_in: v.optional(
    v.pipe(v.union([v.number(), v.pipe(v.string(), v.transform(Number))]), v.minValue(0)),
    600,
  ),
  refresh_token: v.optional(v.nullable(TokenSchema)),
});

const RENEW_EARLY_MS = 60_000;

interface Minted {
  readonly token: string;
  readonly renewAtMs: number;
  readonly refreshToken: string | null;
}

export interface BearerOptions {
  readonly origin: string;
  readonly credentials: Credentials;
  readonly exchange: Exchange;
  readonly nowMs: () => number;
  /** How people sign in there, for the hint; undefined where the site does not say. */
  readonly authMethod: () => Promise<string | undefined>;
}

/**
 * The bearer of this run: minted when first needed, again a minute before it ends, by one caller for all
 * (contract/rest.md 2). It lives in memory only.
 */
export class Bearer {
  readonly #options: BearerOptions;
  #minted: Minted | undefined;
  #minting: Promise<string> | undefined;
  #codeSpent = false;
  /** A refusal is final for this run: asking again with the same key locks accounts. */
  #refusal: SgmediaError | undefined;

  constructor(options: BearerOptions) {
    this.#options = options;
    for (const secret of secretsOf(options.credentials)) rememberSecret(secret);
  }

  async get(signal: AbortSignal | undefined): Promise<string> {
    const { nowMs } = this.#options;
    if (this.#minted && nowMs() < this.#minted.renewAtMs) return this.#minted.token;
    this.#minting ??= this.#mint().finally(() => {
      this.#minting = undefined;
    });
    return waitUnlessCancelled(this.#minting, signal);
  }

  /** The site refused this token (401): the next caller mints, unless another has already. */
  drop(token: string): void {
    if (this.#minted?.token === token) this.#minted = { ...this.#minted, renewAtMs: 0 };
  }

  async #mint(): Promise<string> {
    if (this.#refusal) throw this.#refusal;
    const { credentials, origin } = this.#options;
    if (credentials.kind === "none") {
      throw new SgmediaError("E_NOT_SIGNED_IN", `Nobody is signed in at ${origin}.`, {
        why: "No credentials are set for this site.",
        fix: "Set SGMEDIA_SCRIPT_NAME and SGMEDIA_SCRIPT_KEY, or SGMEDIA_LOGIN and SGMEDIA_PASSWORD.",
      });
    }
    if (credentials.kind === "password" && credentials.authToken !== undefined) {
      return this.#codeSpent ? this.#refresh(credentials.login) : this.#spendCode(credentials);
    }
    return this.#ask(grantForm(credentials), credentials);
  }

  #spendCode(credentials: Extract<Credentials, { kind: "password" }>): Promise<string> {
    this.#codeSpent = true;
    return this.#ask(grantForm(credentials), credentials);
  }

  /** A refresh token is good for one use; `#minting` keeps the uses in a row. */
  async #refresh(person: string): Promise<string> {
    const { origin } = this.#options;
    const refreshToken = this.#minted?.refreshToken;
    if (!refreshToken) throw codeSpentError(person, "The site gave no token to prolong it with.");
    this.#minted = undefined;
    const reply = await this.#post(refreshForm(refreshToken));
    if (reply.status >= 200 && reply.status < 300) return this.#keep(reply);
    this.#refusal = codeSpentError(person, describeAnswer(reply, origin));
    throw this.#refusal;
  }

  async #ask(form: GrantForm, credentials: Exclude<Credentials, { kind: "none" }>): Promise<string> {
    const { origin, authMethod } = this.#options;
    const reply = await this.#post(form);
    if (reply.status >= 200 && reply.status < 300) return this.#keep(reply);
    const method = credentials.kind === "password" ? await authMethod() : undefined;
    const refusal = explainRefusal(reply, credentials, origin, method);
    if (refusal.code === "E_AUTH_REFUSED" || refusal.code === "E_AUTH_TWO_FACTOR") this.#refusal = refusal;
    throw refusal;
  }

  async #post(form: GrantForm): ReturnType<Exchange> {
    const { origin, exchange } = this.#options;
    const singleUse = form.some(([name]) => name === "auth_token" || name === "refresh_token");
    try {
      return await exchange({
        method: "POST",
        url: new URL(`${API_ROOT}/auth/access_token`, origin),
        headers: { accept: "application/json", "content-type": "application/x-www-form-urlencoded" },
        body: new URLSearchParams(form.map(([name, value]): [string, string] => [name, value])).toString(),
        repeat: singleUse ? "once" : "safe",
        what: "sign this user in",
      });
    } catch (thrown) {
      if (!(thrown instanceof LostReply)) throw thrown;
      throw new SgmediaError("E_NETWORK", "The sign-in got no answer, and its one-time code is spent.", {
        why: redactText(thrown.message),
        fix: "Set SGMEDIA_AUTH_TOKEN to a new code.",
        cause: thrown,
      });
    }
  }

  #keep(reply: Awaited<ReturnType<Exchange>>): string {
    const { origin, nowMs } = this.#options;
    const answer = decodeReply(TokenReplySchema, reply, { origin, what: "sign this user in" });
    rememberSecret(answer.access_token);
    if (answer.refresh_token) rememberSecret(answer.refresh_token);
    const lifeMs = answer.expires_in * 1000;
    this.#minted = {
      token: answer.access_token,
      renewAtMs: nowMs() + Math.max(lifeMs - RENEW_EARLY_MS, lifeMs / 2),
      refreshToken: answer.refresh_token ?? null,
    };
    return answer.access_token;
  }
}
