import { describe, expect, test } from "vitest";
import { errorOf, json, mockSite, siteError, testSite } from "./mock-site.ts";

const mock = mockSite();
const wrapped = (value: unknown) => ({ value, editable: false });
const field = (label: string, dataType: string, more: object = {}) => ({
  name: wrapped(label),
  data_type: wrapped(dataType),
  editable: wrapped(true),
  visible: wrapped(true),
  properties: {},
  ...more,
});
const VERSION_FIELDS = {
  code: field("Version Name", "text"),
  sg_uploaded_movie: field("Uploaded Movie", "url", { visible: wrapped(false) }),
  image: field("Thumbnail", "image"),
  entity: field("Link", "entity", {
    properties: { valid_types: wrapped(["Shot", "Asset", 7]), default_value: wrapped(null) },
  }),
  sg_status_list: field("Status", "status_list", {
    editable: wrapped(false),
    properties: { valid_values: wrapped(["na", "rev"]) },
  }),
};

function answerSchema(): void {
  mock.answer(({ path }) => {
    if (path.endsWith("access_token")) return undefined;
    if (path === "/api/v1/schema") return json({ Version: {}, Shot: {}, PublishedFile: {} });
    if (path.startsWith("/api/v1/schema/Version/fields")) return json(VERSION_FIELDS);
    return siteError(404, 103, "Entity type 'Verison' does not exist.");
  });
}

describe("fields", () => {
  test("an unknown type is E_TYPE_UNKNOWN with near names", async () => {
    answerSchema();
    expect(await errorOf(testSite().site.fields("Verison"))).toMatchObject({
      code: "E_TYPE_UNKNOWN",
      message: 'The site has no record type "Verison".',
      why: "Did you mean Version?",
      fix: "sgmedia fields Version",
    });
  });

  test("are unwrapped, hidden ones too", async () => {
    answerSchema();
    const fields = await testSite().site.fields("Version");
    expect([...fields.keys()]).toEqual(Object.keys(VERSION_FIELDS));
    expect(fields.get("sg_uploaded_movie")).toEqual({
      name: "sg_uploaded_movie",
      label: "Uploaded Movie",
      dataType: "url",
      acceptsFile: true,
      editable: true,
      visible: false,
      validTypes: [],
      validValues: [],
    });
    expect(fields.get("image")?.acceptsFile).toBe(true);
    expect(fields.get("code")?.acceptsFile).toBe(false);
    expect(fields.get("entity")?.validTypes).toEqual(["Shot", "Asset"]);
    expect(fields.get("sg_status_list")).toMatchObject({ editable: false, validValues: ["na", "rev"] });
  });

  test("are asked for once a run and project, however many ask", async () => {
    answerSchema();
    const { site } = testSite();
    await Promise.all([site.fields("Version"), site.fields("Version"), site.fields("Version", 5)]);
    await site.fields("Version");
    expect(mock.asked()).toEqual([
      "GET /api/v1/schema/Version/fields",
      "GET /api/v1/schema/Version/fields?project_id=5",
    ]);
  });

  test("a failure is not kept", async () => {
    let calls = 0;
    mock.answer(({ path }) => {
      if (path.endsWith("access_token")) return undefined;
      calls += 1;
      return calls === 1 ? siteError(500, 103, "boom") : json(VERSION_FIELDS);
    });
    const { site } = testSite({ retries: 0 });
    expect((await errorOf(site.fields("Version"))).code).toBe("E_SITE");
    expect((await site.fields("Version")).size).toBe(5);
  });
});

test("types are the names of the schema", async () => {
  answerSchema();
  expect(await testSite().site.types()).toEqual(["Version", "Shot", "PublishedFile"]);
});
