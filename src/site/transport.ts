import type { Dispatcher } from "undici";
import { connectionFree } from "../shared/connection-free.ts";
import { SgmediaError, systemCode } from "../shared/errors.ts";
import { redactText } from "../shared/redact.ts";
import { cancellation, throwIfCancelled } from "./cancellation.ts";
import { CALLS_AT_ONCE, createDispatcher, type DispatcherOptions } from "./dispatcher.ts";
import { explainNetworkFailure } from "./network-failure.ts";
import { createSlots } from "./slots.ts";

/** More than any page of records; a body beyond it is no answer of a site. */
const MOST_BODY_BYTES = 64 * 1024 * 1024;

export interface WireRequest {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface WireReply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** The one place where a request is made. */
export interface Transport {
  /** One attempt; redirects are not followed. Throws NetworkFailure, or what the signal says. */
  send(request: WireRequest): Promise<WireReply>;
  close(): Promise<void>;
}

export function createTransport(
  options: DispatcherOptions & {
    readonly nowMs: () => number;
    readonly onRequest?: ((line: string) => void) | undefined;
  },
): Transport {
  const inSlot = createSlots(CALLS_AT_ONCE);
  let dispatcher: Promise<Dispatcher> | undefined;
  let answeredBefore = false;
  let closed = false;

  async function attempt(request: WireRequest): Promise<WireReply> {
    throwIfCancelled(request.signal);
    dispatcher ??= createDispatcher(options);
    const through = await dispatcher;
    const startedMs = options.nowMs();
    const log = (outcome: string): void => {
      const path = redactText(`${request.url.pathname}${request.url.search}`);
      options.onRequest?.(
        `${request.method} ${path} ${outcome} ${Math.round(options.nowMs() - startedMs)} ms`,
      );
    };
    try {
      const response = await fetch(request.url, {
        method: request.method,
        headers: request.headers,
        redirect: "manual",
        ...(request.body === undefined ? {} : { body: request.body }),
        ...(request.signal ? { signal: request.signal } : {}),
        // Node's own types know another undici's dispatcher; the two agree at run time.
        ...({ dispatcher: through } as object),
      });
      const text = await readText(response);
      answeredBefore = true;
      await connectionFree();
      log(String(response.status));
      return { status: response.status, headers: response.headers, text };
    } catch (thrown) {
      if (thrown instanceof SgmediaError) throw thrown;
      log(systemCode(thrown) ?? "failed");
      if (request.signal?.aborted) throw cancellation(request.signal);
      throw explainNetworkFailure(thrown, { ...options, answeredBefore });
    }
  }

  return {
    send: (request) => inSlot(() => attempt(request)),
    async close() {
      if (closed) return;
      closed = true;
      await dispatcher?.then(
        (made) => made.destroy(),
        // It was never made; whoever called was told.
        () => {},
      );
    },
  };
}

async function readText(response: Response): Promise<string> {
  if (!response.body) return "";
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > MOST_BODY_BYTES) {
      throw new SgmediaError("E_SITE", "The site's answer is too large.", {
        why: `It goes past ${MOST_BODY_BYTES / 1024 / 1024} MiB.`,
      });
    }
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
