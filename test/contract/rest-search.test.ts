import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ARRAY, HASH, type Json, openSite, type Site } from "./rest-client.ts";

let site: Site;
let project: { type: string; id: number };
beforeAll(async () => {
  site = await openSite();
  project = { type: "Project", id: site.started.ready.project.id };
});
afterAll(() => site.close());

const first = (answer: { json: Json }) => answer.json.errors[0];
const codes = (answer: { json: Json }) => answer.json.data.map((row: Json) => row.attributes.code);

describe("4 search", () => {
  it("both vendor types find the same rows", async () => {
    const inProject = ["project", "is", project];
    const array = await site.search("versions", [inProject, ["code", "contains", "sh010_comp"]], {
      fields: ["code"],
    });
    const hash = await site.search(
      "versions",
      {
        logical_operator: "and",
        conditions: [
          inProject,
          {
            logical_operator: "or",
            conditions: [
              ["code", "is", "sh010_comp_v004"],
              ["code", "is", "sh010_comp_v005"],
            ],
          },
        ],
      },
      { fields: "code" },
      HASH,
    );
    expect(array.status).toBe(200);
    expect(codes(array).sort()).toEqual(["sh010_comp_v004", "sh010_comp_v005"]);
    expect(hash.json.data).toEqual(array.json.data);
    expect(array.json.data[0]).toMatchObject({ relationships: {}, links: { self: expect.any(String) } });
  });

  it("fields and page may stand in the query, and the body beats the query's filter", async () => {
    const answer = await site.post(
      "entity/versions/_search?fields=code&page[size]=1&filter[code]=nothing",
      { filters: [["id", "is", 23425]] },
      { type: ARRAY },
    );
    expect(codes(answer)).toEqual(["sh010_comp_v004"]);
  });

  it("sort, page and links.next that never ends", async () => {
    const filters = [["id", "in", [23404, 23425, 23426]]];
    const ids = (answer: { json: Json }) => answer.json.data.map((row: Json) => row.id);
    expect(ids(await site.search("versions", filters, { sort: "-id" }))).toEqual([23426, 23425, 23404]);
    const page = (number: number) => site.search("versions", filters, { page: { size: 2, number } });
    expect(ids(await page(1))).toEqual([23404, 23425]);
    expect(ids(await page(2))).toEqual([23426]);
    const beyond = await page(99);
    expect(beyond.json.data).toEqual([]);
    expect(beyond.json.links.next).toMatch(/^\/api\/v1\/entity\/versions\/_search\?.*page%5Bnumber%5D=100/);
    const list = await site.get("entity/versions?page[size]=2&page[number]=50&fields=code");
    expect(list.json.data).toEqual([]);
    expect(list.json.links).toMatchObject({
      self: expect.any(String),
      next: expect.any(String),
      prev: expect.any(String),
    });
    const next = await site.get(list.json.links.next);
    expect(next.status).toBe(200);
  });

  it.each([
    [0, "size must be greater than 0"],
    [5001, "size must be less than 5000"],
  ])("page size %i is 400", async (size, words) => {
    for (const answer of [
      await site.get(`entity/versions?page[size]=${size}`),
      await site.search("versions", [], { page: { size } }),
    ]) {
      expect(answer.status).toBe(400);
      expect(first(answer).source).toEqual({ page: { size: [words] } });
    }
    expect((await site.get("entity/versions?page[size]=5000")).status).toBe(200);
  });

  it("the query filter is for simple equality", async () => {
    const answer = await site.get(
      `entity/versions?filter[project.Project.id]=${project.id}&filter[code]=sh010_comp_v004&fields=code`,
    );
    expect(codes(answer)).toEqual(["sh010_comp_v004"]);
  });

  it("url fields cannot be filtered, an image only by null", async () => {
    const title = async (filter: Json) => {
      const answer = await site.search("versions", [filter]);
      return [answer.status, answer.json.errors?.[0].title];
    };
    expect((await title(["sg_uploaded_movie", "is_not", null]))[0]).toBe(400);
    expect((await title(["sg_uploaded_movie", "is_not", null]))[1]).toContain("'url'");
    expect((await title(["image", "contains", "x"]))[0]).toBe(400);
    expect((await title(["image", "is_not", null]))[0]).toBe(200);
    expect((await title(["sg_nothing", "is", 1]))[1]).toBe("API read() Version.sg_nothing doesn't exist.");
    expect((await title(["code", "resembles", "x"]))[1]).toContain("'resembles'");
  });

  it("sort on a url field changes nothing", async () => {
    const plain = await site.search("versions", [["project", "is", project]], { page: { size: 3 } });
    const sorted = await site.search("versions", [["project", "is", project]], {
      page: { size: 3 },
      sort: "-sg_uploaded_movie",
    });
    expect(sorted.status).toBe(200);
    expect(sorted.json.data).toEqual(plain.json.data);
  });

  it("an entity's attachments are found by attachment_links", async () => {
    const answer = await site.search("attachments", [["attachment_links", "is", { type: "Shot", id: 1 }]], {
      fields: ["display_name", "this_file"],
    });
    expect(answer.json.data).toMatchObject([
      {
        id: 111339,
        attributes: { display_name: "reference.png", this_file: { link_type: "upload", id: 111339 } },
      },
    ]);
  });

  it("summarize counts, and groups", async () => {
    const body = {
      filters: [
        ["project", "is", project],
        ["code", "in", ["sh010", "sh020", "sh030"]],
      ],
      summary_fields: [{ field: "id", type: "count" }],
    };
    const plain = await site.post("entity/shots/_summarize", body, { type: ARRAY });
    expect(plain.json.data).toEqual({ summaries: { id: 3 }, groups: [] });
    const grouped = await site.post(
      "entity/shots/_summarize",
      { ...body, grouping: [{ field: "sg_status_list", type: "exact", direction: "asc" }] },
      { type: ARRAY },
    );
    expect(grouped.json.data.groups).toEqual([{ group_name: "ip", group_value: "ip", summaries: { id: 3 } }]);
  });

  it("text search wants every word, in the name or in that of the row it hangs on", async () => {
    const ask = (text: string, types: Json = { Version: [], Shot: [] }) =>
      site.post("entity/_text_search", { text, entity_types: types }, { type: ARRAY });
    const { json } = await ask("SH010 v004");
    expect(json.data).toEqual([
      {
        id: 23425,
        type: "Version",
        attributes: { name: "sh010_comp_v004", links: ["Shot", "sh010"], status: "rev" },
        links: { self: "/api/v1/entity/versions/23425" },
      },
    ]);
    expect((await ask("sh010", { Shot: [] })).json.data[0].attributes.links).toEqual(["", ""]);
    expect((await ask("nothing")).json.data).toEqual([]);
    expect(first(await ask("")).source).toEqual({ text: ["text must be filled"] });
    const many = await site.post(
      "entity/_text_search",
      { text: "a", entity_types: {}, page: { size: 26 } },
      { type: ARRAY },
    );
    expect(first(many).source).toEqual({ page: { size: ["size must be less than 25"] } });
  });
});
