import { describe, expect, test } from "vitest";
import { cleanText } from "../../src/site/clean-text.ts";
import { entitySegment, recordPath } from "../../src/site/entity-path.ts";
import { explainNetworkFailure } from "../../src/site/network-failure.ts";
import { isLoopback, parseSiteOrigin, resolveSiteLink } from "../../src/site/site-origin.ts";

describe("a site's address", () => {
  test.each([
    "",
    "  ",
    "ftp://studio.test",
    "file:///etc",
    "https://",
    "https://user:pw@studio.test",
    "https://user@studio.test",
  ])("%j is refused", (site) => {
    expect(() => parseSiteOrigin(site)).toThrow(expect.objectContaining({ code: "E_CONFIG" }));
  });
  test.each([
    ["studio.test", "https://studio.test"],
    ["https://Studio.Test/page/1?x=2#y", "https://studio.test"],
    ["http://127.0.0.1:4000/", "http://127.0.0.1:4000"],
    ["localhost:4000", "https://localhost:4000"],
  ])("%s is %s", (site, origin) => {
    expect(parseSiteOrigin(site)).toBe(origin);
  });
  test("links stay on it, and carry their /api/v1 already", () => {
    expect(resolveSiteLink("https://studio.test", "/api/v1/entity/x").href).toBe(
      "https://studio.test/api/v1/entity/x",
    );
    for (const link of [
      "//evil.example/x",
      "https://evil.example",
      "http://studio.test/x",
      "javascript:alert(1)",
    ]) {
      expect(() => resolveSiteLink("https://studio.test", link)).toThrow(
        expect.objectContaining({ code: "E_SITE" }),
      );
    }
  });
  test("loopback is told from what only looks like it", () => {
    expect(["localhost", "127.0.0.1", "127.9.9.9", "[::1]", "a.localhost"].every(isLoopback)).toBe(true);
    expect(["127.evil.example.com", "localhost.example", "10.0.0.1"].filter(isLoopback)).toEqual([]);
  });
});

test.each([
  ["Version", "versions"],
  ["HumanUser", "human_users"],
  ["LocalStorage", "local_storages"],
  ["EventLogEntry", "event_log_entries"],
  ["PublishedFile", "published_files"],
  ["Status", "statuses"],
  ["Reply", "replies"],
  ["Launch", "launches"],
  ["ShootDay", "shoot_days"],
  ["CustomEntity02", "custom_entity02s"],
  ["RvLicense", "rv_licenses"],
])("%s lies under %s", (type, segment) => {
  expect(entitySegment(type)).toBe(segment);
});

test("a field that would leave its place in a path cannot", () => {
  expect(recordPath({ type: "Version", id: 1 }, "../../x?y")).toBe(
    "/api/v1/entity/versions/1/..%2F..%2Fx%3Fy",
  );
});

test("text for a message is one short clean line", () => {
  expect(cleanText("a\u0000\u001b[31m b\r\nc\u2028d\u202ee")).toBe("a [31m b c d e");
  expect(cleanText("x".repeat(400))).toHaveLength(300);
});

describe("what broke a connection", () => {
  const site = {
    origin: "https://studio.test",
    connectTimeoutMs: 10_000,
    stallTimeoutMs: 30_000,
    answeredBefore: false,
  };
  const failure = (code: string, more: object = {}) => {
    const cause = Object.assign(new Error(`it said ${code}`), { code, ...more });
    return explainNetworkFailure(new TypeError("fetch failed", { cause }), site);
  };

  test.each([
    ["ENOTFOUND", {}, true, true, /not found/],
    ["EAI_AGAIN", {}, true, false, /could not be looked up/],
    ["ECONNREFUSED", {}, true, false, /Nothing answers/],
    ["UND_ERR_CONNECT_TIMEOUT", {}, true, false, /No connection/],
    ["ETIMEDOUT", { syscall: "connect" }, true, false, /No connection/],
    ["ETIMEDOUT", { syscall: "read" }, false, false, /broke/],
    ["EHOSTUNREACH", { syscall: "connect" }, true, false, /cannot be reached/],
    ["EHOSTUNREACH", { syscall: "write" }, false, false, /cannot be reached/],
    ["DEPTH_ZERO_SELF_SIGNED_CERT", {}, true, true, /not trusted/],
    ["ERR_TLS_CERT_ALTNAME_INVALID", {}, true, true, /not trusted/],
    ["ERR_SSL_WRONG_VERSION_NUMBER", {}, true, true, /TLS/],
    ["UND_ERR_HEADERS_TIMEOUT", {}, false, false, /fell silent/],
    ["UND_ERR_BODY_TIMEOUT", {}, false, false, /fell silent/],
    ["ECONNRESET", {}, false, false, /broke/],
    ["ECONNRESET", { syscall: "connect" }, true, false, /broke/],
    ["UND_ERR_SOCKET", {}, false, false, /broke/],
    ["EPIPE", {}, false, false, /broke/],
  ])("%s %j", (code, more, unsent, permanent, message) => {
    const told = failure(code, more);
    expect(told).toMatchObject({ unsent, permanent });
    expect(told.error).toMatchObject({ code: "E_NETWORK", exit: 7, message: expect.stringMatching(message) });
    expect(told.error.why).toBeTruthy();
    expect(told.error.fix).toBeTruthy();
  });

  test("every address of a name refused is refused", () => {
    const refused = (address: string) =>
      Object.assign(new Error(`connect ECONNREFUSED ${address}`), {
        code: "ECONNREFUSED",
        syscall: "connect",
      });
    const told = explainNetworkFailure(
      new TypeError("fetch failed", { cause: new AggregateError([refused("::1"), refused("127.0.0.1")]) }),
      site,
    );
    expect(told.unsent).toBe(true);
    expect(told.error.why).toContain("::1");
  });

  test("a name that answered before is a passing failure", () => {
    const cause = Object.assign(new Error("x"), { code: "ENOTFOUND" });
    expect(explainNetworkFailure(cause, { ...site, answeredBefore: true }).permanent).toBe(false);
  });
});
