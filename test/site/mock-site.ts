import { HttpResponse, http } from "msw";
import { setupServer } from "msw/node";
import { afterAll, afterEach, beforeAll } from "vitest";
import { SgmediaError } from "../../src/shared/errors.ts";
import { openSite } from "../../src/site/open-site.ts";
import type { Credentials, Site, SiteOptions } from "../../src/site/types.ts";

export const ORIGIN = "https://studio.test";

/** One request as the mock site saw it. */
export interface Seen {
  readonly method: string;
  readonly url: URL;
  /** Path with its query. */
  readonly path: string;
  readonly headers: Headers;
  readonly body: string;
}

export type Answer = (seen: Seen) => Response | undefined | Promise<Response | undefined>;

/** Everything sent anywhere lands in `seen`; `answer` is asked first, then tokens are minted, then 404. */
export function mockSite() {
  const server = setupServer();
  const state = { seen: [] as Seen[], minted: 0 };
  beforeAll(() => server.listen({ onUnhandledRequest: "error" }));
  afterEach(() => {
    server.resetHandlers();
    state.seen = [];
    state.minted = 0;
  });
  afterAll(() => server.close());

  return {
    state,
    /** Requests other than for tokens, as `METHOD path`. */
    asked: () =>
      state.seen
        .filter(({ path }) => !path.endsWith("/auth/access_token"))
        .map(({ method, path }) => `${method} ${path}`),
    tokens: () => state.seen.filter(({ path }) => path.endsWith("/auth/access_token")),
    answer(answer: Answer): void {
      server.use(
        http.all("*", async ({ request }) => {
          const url = new URL(request.url);
          const seen = {
            method: request.method,
            url,
            path: `${url.pathname}${url.search}`,
            headers: request.headers,
            body: await request.text(),
          };
          state.seen.push(seen);
          const own = await answer(seen);
          if (own) return own;
          if (seen.path.endsWith("/auth/access_token")) {
            state.minted += 1;
            return tokenReply(`token-${state.minted}`);
          }
          return siteError(404, 103, `nothing at ${seen.path}`);
        }),
      );
    },
  };
}

export function tokenReply(token: string, more: object = {}): Response {
  return HttpResponse.json({
    token_type: "Bearer",
    access_token: token,
    expires_in: 600,
    refresh_token: `${token}-refresh`,
    ...more,
  });
}

/** contract/rest.md 9. */
export function siteError(
  status: number,
  code: number,
  title: string,
  headers: Record<string, string> = {},
): Response {
  const error = { id: "1", status, code, title, source: null, detail: null, meta: null };
  return HttpResponse.json({ errors: [error] }, { status, headers });
}

export function record(
  type: string,
  id: number,
  attributes: object = {},
  relationships: object = {},
): object {
  return { type, id, attributes, relationships, links: { self: `/api/v1/entity/x/${id}` } };
}

export function json(data: unknown, status = 200): Response {
  return HttpResponse.json({ data, links: { self: "/api/v1/" } }, { status });
}

export const SCRIPT: Credentials = { kind: "script", scriptName: "farm-bot", scriptKey: "key-of-farm-bot" };

/** A site whose clock stands still and whose waits end at once and are noted. */
export function testSite(more: Partial<SiteOptions> = {}): {
  site: Site;
  waits: number[];
  clock: { nowMs: number };
  lines: string[];
} {
  const waits: number[] = [];
  const lines: string[] = [];
  const clock = { nowMs: Date.parse("2026-01-02T03:04:05Z") };
  const site = openSite({
    site: ORIGIN,
    credentials: SCRIPT,
    connectTimeoutMs: 5_000,
    stallTimeoutMs: 5_000,
    retries: 3,
    env: {},
    onRequest: (line) => lines.push(line),
    sleep: async (delayMs) => {
      waits.push(delayMs);
      clock.nowMs += delayMs;
    },
    nowMs: () => clock.nowMs,
    random: () => 1,
    ...more,
  });
  return { site, waits, clock, lines };
}

/** What a promise throws; fails the test when it throws nothing foreseen. */
export async function errorOf(work: Promise<unknown>): Promise<SgmediaError> {
  const outcome = await work.then(
    (value) => ({ value }),
    (thrown: unknown) => ({ thrown }),
  );
  if ("thrown" in outcome && outcome.thrown instanceof SgmediaError) return outcome.thrown;
  throw new Error(
    `Expected a foreseen error, got ${"thrown" in outcome ? String(outcome.thrown) : JSON.stringify(outcome.value)}`,
  );
}
