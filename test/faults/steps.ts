/** The steps of an upload and of a download, as requests that a fault rule can pick out of a sandbox that serves one transfer. */

export type Way = "up" | "down";

export interface Step {
  readonly id: string;
  /** For people: the table's heading. */
  readonly title: string;
  readonly way: Way;
  /** One piece of 100 kB, or 12 MiB in parts or ranges of 5 MiB. */
  readonly size: "whole" | "parts";
  /** With `--verify`: the one thing that finds out a storage that loses what it said to have. */
  readonly verify: boolean;
  /** Which requests, in the words of a fault rule. `skip`: of those that fit, so many come earlier and are other steps. */
  readonly requests: {
    readonly surface: "site" | "storage";
    readonly method: "GET" | "POST" | "PUT";
    readonly path: string;
    readonly part?: number;
    readonly skip?: number;
  };
  /** The request carries a body: the bytes of the file, or a form or JSON. */
  readonly receives: "file" | "text" | null;
  /** The answer's body is what the step is about. */
  readonly sends: "file" | "text" | null;
  readonly bearer: boolean;
  readonly signedUrl: boolean;
}

const VERSION = "^/api/v1/entity/versions/\\d+";
const FIELD = `${VERSION}/sg_uploaded_movie`;
const site = { surface: "site", bearer: true, signedUrl: false } as const;
const storage = { surface: "storage", bearer: false, signedUrl: true } as const;

function step(
  id: string,
  title: string,
  kind: Pick<Step, "way" | "size" | "receives" | "sends"> & { verify?: boolean; bearer?: false },
  origin: typeof site | typeof storage,
  requests: Omit<Step["requests"], "surface">,
): Step {
  const { surface, signedUrl } = origin;
  const { way, size, receives, sends } = kind;
  return {
    id,
    title,
    way,
    size,
    receives,
    sends,
    verify: kind.verify ?? false,
    bearer: kind.bearer ?? origin.bearer,
    signedUrl,
    requests: { surface, ...requests },
  };
}

const up = { way: "up", receives: null, sends: "text" } as const;
const down = { way: "down", receives: null, sends: "text" } as const;
const TOKEN = { method: "POST", path: "^/api/v1/auth/access_token$" } as const;

export const STEPS: readonly Step[] = [
  step("up-token", "Upload: sign in", { ...up, size: "whole", receives: "text", bearer: false }, site, TOKEN),
  step("up-look", "Upload: look at the record", { ...up, size: "whole" }, site, {
    method: "GET",
    path: `${VERSION}$`,
  }),
  step("up-init-one", "Upload: init, one piece", { ...up, size: "whole" }, site, {
    method: "GET",
    path: `${FIELD}/_upload$`,
  }),
  step("up-init-parts", "Upload: init, in parts", { ...up, size: "parts" }, site, {
    method: "GET",
    path: `${FIELD}/_upload$`,
  }),
  step("up-part-url", "Upload: URL of a part", { ...up, size: "parts" }, site, {
    method: "GET",
    path: `${FIELD}/_upload/multipart$`,
  }),
  step(
    "up-put-one",
    "Upload: PUT of one piece",
    { ...up, size: "whole", verify: true, receives: "file", sends: null },
    storage,
    {
      method: "PUT",
      path: "/sg-media/",
    },
  ),
  step(
    "up-put-part",
    "Upload: PUT of a part",
    { ...up, size: "parts", receives: "file", sends: null },
    storage,
    {
      method: "PUT",
      path: "/sg-media/",
      part: 2,
    },
  ),
  step("up-complete-one", "Upload: complete, one piece", { ...up, size: "whole", receives: "text" }, site, {
    method: "POST",
    path: `${FIELD}/_upload$`,
  }),
  step("up-complete-parts", "Upload: complete, in parts", { ...up, size: "parts", receives: "text" }, site, {
    method: "POST",
    path: `${FIELD}/_upload$`,
  }),
  // The record is read twice before: to know that it exists, and to know what is in the field.
  step("up-read-back", "Upload: read the record back", { ...up, size: "parts" }, site, {
    method: "GET",
    path: `${VERSION}$`,
    skip: 2,
  }),
  step(
    "up-verify",
    "Upload: read the bytes back (--verify)",
    { ...up, size: "whole", sends: "file", verify: true },
    storage,
    {
      method: "GET",
      path: "/sg-media/",
    },
  ),
  step(
    "down-token",
    "Download: sign in",
    { ...down, size: "whole", receives: "text", bearer: false },
    site,
    TOKEN,
  ),
  step("down-describe", "Download: describe the field", { ...down, size: "whole" }, site, {
    method: "GET",
    path: `${FIELD}$`,
  }),
  // The same path with `alt=original`, which a rule does not see: it is the second of the two.
  step("down-redirect", "Download: redirect to the storage", { ...down, size: "whole", sends: null }, site, {
    method: "GET",
    path: `${FIELD}$`,
    skip: 1,
  }),
  step("down-get", "Download: GET, in one", { ...down, size: "whole", sends: "file" }, storage, {
    method: "GET",
    path: "/sg-media/",
  }),
  step("down-range", "Download: GET, a later range", { ...down, size: "parts", sends: "file" }, storage, {
    method: "GET",
    path: "/sg-media/",
    skip: 1,
  }),
];
