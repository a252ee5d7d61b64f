import { SgmediaError, systemCode } from "../shared/errors.ts";

/** A request that got no whole answer, told as an error, with what may be concluded from it. */
export class NetworkFailure extends Error {
  readonly error: SgmediaError;
  /** True where the request cannot have reached the site: no connection came about. */
  readonly unsent: boolean;
  /** True where another attempt would end the same way. */
  readonly permanent: boolean;

  /** True where it was sent, and only no answer came in time. */
  readonly silent: boolean;

  constructor(error: SgmediaError, conclusion: { unsent: boolean; permanent: boolean; silent?: boolean }) {
    super(error.message, { cause: error.cause });
    this.name = "NetworkFailure";
    this.error = error;
    this.unsent = conclusion.unsent;
    this.silent = conclusion.silent ?? false;
    this.permanent = conclusion.permanent;
  }
}

const CERTIFICATE =
  /^(?:CERT_|ERR_TLS_CERT|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH|HOSTNAME_MISMATCH|UND_ERR_PRX_TLS)/;
const NOT_TLS =
  /^ERR_SSL_(?:WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST|UNSUPPORTED_PROTOCOL|TLSV1_ALERT)/;

interface Story {
  message: string;
  why: string;
  fix: string;
  unsent: boolean;
  permanent?: boolean;
  silent?: boolean;
}

/** Explains what `fetch` threw. `stallTimeoutMs` and `connectTimeoutMs` are told where they ended the request. */
export function explainNetworkFailure(
  thrown: unknown,
  site: { origin: string; connectTimeoutMs: number; stallTimeoutMs: number; answeredBefore: boolean },
): NetworkFailure {
  const code = systemCode(thrown) ?? "";
  const story = tell(code, thrown, site);
  const error = new SgmediaError("E_NETWORK", story.message, {
    why: story.why,
    fix: story.fix,
    cause: thrown,
  });
  const { unsent, permanent = false, silent = false } = story;
  return new NetworkFailure(error, { unsent, permanent, silent });
}

function tell(code: string, thrown: unknown, site: Parameters<typeof explainNetworkFailure>[1]): Story {
  const { origin } = site;
  const host = new URL(origin).host;
  const again = "run the command again with -v";
  const reason = deepestMessage(thrown);
  if (code === "ENOTFOUND") {
    return {
      message: `The site's host ${host} was not found.`,
      why: "No name server knows that name.",
      fix: "Check the spelling of --site; `sgmedia config` shows where it comes from.",
      unsent: true,
      // A name that was never found is a typing mistake; one that answered a minute ago is a passing failure.
      permanent: !site.answeredBefore,
    };
  }
  if (code === "EAI_AGAIN") {
    return {
      message: `The name ${host} could not be looked up.`,
      why: "The name server did not answer.",
      fix: `Check the network, then ${again}.`,
      unsent: true,
    };
  }
  if (code === "ECONNREFUSED") {
    return {
      message: `Nothing answers at ${host}.`,
      why: `The connection was refused (${reason}).`,
      fix: "Check --site and its port; `sgmedia config` shows where they come from.",
      unsent: true,
    };
  }
  if (code === "UND_ERR_CONNECT_TIMEOUT" || (code === "ETIMEDOUT" && failedToConnect(thrown))) {
    return {
      message: `No connection to ${host} came about.`,
      why: `Nobody answered within ${seconds(site.connectTimeoutMs)}.`,
      fix: `Check the network, proxy and firewall, then ${again}.`,
      unsent: true,
    };
  }
  if (/^(?:EHOSTUNREACH|ENETUNREACH|ENETDOWN)$/.test(code)) {
    return {
      message: `${host} cannot be reached from here.`,
      why: `The network says ${code}.`,
      fix: `Check the network or VPN, then ${again}.`,
      unsent: failedToConnect(thrown),
    };
  }
  if (CERTIFICATE.test(code)) {
    return {
      message: `The certificate of ${host} is not trusted.`,
      why: `${reason} (${code}).`,
      fix: `Name your studio's certificates: SSL_CERT_FILE=/path/to/ca.pem`,
      unsent: true,
      permanent: true,
    };
  }
  if (NOT_TLS.test(code)) {
    return {
      message: `${host} does not speak TLS as expected.`,
      why: `${code}: the port may be one for plain http.`,
      fix: "Check --site and its port; `sgmedia config` shows where they come from.",
      unsent: true,
      permanent: true,
    };
  }
  if (code === "UND_ERR_HEADERS_TIMEOUT" || code === "UND_ERR_BODY_TIMEOUT") {
    return {
      message: `The site ${host} fell silent.`,
      why: `Not a byte of an answer for ${seconds(site.stallTimeoutMs)}.`,
      fix: "Run the command again; it goes on from here.",
      unsent: false,
      silent: true,
    };
  }
  if (/proxy response/i.test(reason)) {
    return {
      message: `The proxy did not let the connection to ${host} through.`,
      why: reason,
      fix: "Check HTTPS_PROXY, HTTP_PROXY and NO_PROXY.",
      unsent: true,
      permanent: /\(40[357]\)/.test(reason),
    };
  }
  return {
    message: `The connection to ${host} broke.`,
    why: code ? `${reason} (${code}).` : reason,
    fix: "Run the command again; it goes on from here.",
    unsent: failedToConnect(thrown),
  };
}

function failedToConnect(thrown: unknown): boolean {
  for (let at = thrown, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
    if ((at as NodeJS.ErrnoException).syscall === "connect") return true;
    if (at instanceof AggregateError && at.errors.length > 0) return at.errors.every(failedToConnect);
  }
  return false;
}

function deepestMessage(thrown: unknown): string {
  let message = String(thrown);
  for (let at = thrown, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
    const told =
      at instanceof AggregateError && at.errors[0] instanceof Error ? at.errors[0].message : at.message;
    if (told) message = told;
  }
  return message;
}

function seconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`;
}
