import { readFile } from "node:fs/promises";
import { dirname, extname, resolve } from "node:path";
import * as v from "valibot";
import { SgmediaError } from "../../shared/errors.ts";
import type { PlanRow, RowRequest } from "./types.ts";

const PLAN_FORMAT = 1;

/** The columns that a person may edit come first; those that only inform come last and are not read back. */
const EDITABLE = [
  "file",
  "project",
  "code",
  "link",
  "task",
  "status",
  "description",
  "user",
  "playlist",
  "field",
] as const;
const INFORMING = ["action", "version", "size", "note", "problem"] as const;

const RowSchema = v.object({
  file: v.pipe(v.string(), v.nonEmpty("names no file")),
  project: v.pipe(v.string(), v.nonEmpty("names no project")),
  code: v.pipe(v.string(), v.nonEmpty("names no code")),
  link: v.optional(v.string(), ""),
  task: v.optional(v.string(), ""),
  status: v.optional(v.string(), ""),
  description: v.optional(v.string(), ""),
  user: v.optional(v.string(), ""),
  playlist: v.optional(v.string(), ""),
  field: v.optional(v.string(), "sg_uploaded_movie"),
});
const JsonSchema = v.object({ format: v.literal(PLAN_FORMAT), rows: v.array(RowSchema) });

type Cells = Record<(typeof EDITABLE)[number] | (typeof INFORMING)[number], string>;

/** A row as people see it: names where there are names, `Type:id` where a name alone would be in doubt. */
export function cellsOf(row: PlanRow): Cells {
  const { request } = row;
  return {
    file: request.file,
    project: request.project,
    code: request.code,
    link: row.link ? `${row.link.type}:${row.link.id}` : request.link,
    task: row.task ? String(row.task.id) : request.task,
    status: request.status,
    description: request.description,
    user: request.user,
    playlist: request.playlist,
    field: request.field,
    action: row.action,
    version: row.version ? `Version:${row.version.id}` : "",
    size: row.sizeBytes === null ? "" : String(row.sizeBytes),
    note: [
      row.link?.name ? `link is ${row.link.name}` : "",
      row.task?.name ? `task is ${row.task.name}` : "",
      row.note ?? "",
    ]
      .filter(Boolean)
      .join("; "),
    problem: row.problem ?? "",
  };
}

/** The plan as text, by the ending of the file's name. Throws E_USAGE for another ending than .csv or .json. */
export async function formatPlan(path: string, rows: readonly PlanRow[]): Promise<string> {
  const cells = rows.map(cellsOf);
  if (kindOf(path) === "json") return `${JSON.stringify({ format: PLAN_FORMAT, rows: cells }, null, 2)}\n`;
  const { stringify } = await import("csv-stringify/sync");
  // A byte order mark makes spreadsheets read UTF-8; a quote in front keeps them from running a cell as a formula.
  const safe = cells.map((row) =>
    Object.fromEntries(Object.entries(row).map(([key, text]) => [key, shieldFormula(text)])),
  );
  return stringify(safe, { header: true, columns: [...EDITABLE, ...INFORMING], bom: true });
}

/** Reads a plan that a person has looked at. Throws E_PLAN naming the row. */
export async function readPlan(path: string, cwd: string): Promise<RowRequest[]> {
  const full = resolve(cwd, path);
  const text = await readFile(full, "utf8").catch((thrown: unknown) => {
    throw new SgmediaError("E_INPUT_MISSING", `The plan "${path}" cannot be read.`, {
      why: thrown instanceof Error ? thrown.message : null,
      fix: "Write one first: sgmedia upload *.mov --create --project <project> --plan plan.csv",
      cause: thrown,
    });
  });
  const raw = kindOf(path) === "json" ? rowsOfJson(path, text) : await rowsOfCsv(path, text);
  if (raw.length === 0)
    throw new SgmediaError("E_PLAN", `The plan "${path}" has no rows.`, {
      fix: "Write it anew with --plan.",
    });
  return raw.map((each, index) => {
    const parsed = v.safeParse(RowSchema, each);
    if (!parsed.success) {
      throw new SgmediaError("E_PLAN", `Row ${index + 1} of "${path}" cannot be used.`, {
        why: parsed.issues.map((issue) => `${v.getDotPath(issue) ?? "the row"}: ${issue.message}`).join("; "),
        fix: `The columns are ${EDITABLE.join(", ")}.`,
      });
    }
    const row = parsed.output;
    return { ...row, file: resolve(dirname(full), row.file), linkType: null, problem: null };
  });
}

function rowsOfJson(path: string, text: string): unknown[] {
  try {
    return v.parse(JsonSchema, JSON.parse(text)).rows;
  } catch (thrown) {
    throw new SgmediaError("E_PLAN", `"${path}" is no plan.`, {
      why: thrown instanceof Error ? thrown.message : null,
      fix: "Write one with --plan plan.json.",
    });
  }
}

async function rowsOfCsv(path: string, text: string): Promise<unknown[]> {
  const { parse } = await import("csv-parse/sync");
  try {
    const delimiter =
      (text.split("\n", 1)[0] ?? "").split(";").length > (text.split("\n", 1)[0] ?? "").split(",").length
        ? ";"
        : ",";
    const rows = parse(text, {
      columns: true,
      bom: true,
      skip_empty_lines: true,
      trim: true,
      delimiter,
    }) as Record<string, string>[];
    return rows.map((row) =>
      Object.fromEntries(Object.entries(row).map(([key, cell]) => [key, cell.replace(/^'(?=[=+\-@])/, "")])),
    );
  } catch (thrown) {
    throw new SgmediaError("E_PLAN", `"${path}" is no CSV file.`, {
      why: thrown instanceof Error ? thrown.message : null,
      fix: "Save it as CSV (UTF-8).",
    });
  }
}

function shieldFormula(text: string): string {
  return /^[=+\-@]/.test(text) ? `'${text}` : text;
}

function kindOf(path: string): "csv" | "json" {
  const ending = extname(path).toLowerCase();
  if (ending === ".csv" || ending === ".json") return ending === ".csv" ? "csv" : "json";
  throw new SgmediaError("E_USAGE", `A plan is a .csv or a .json file, and "${path}" is neither.`, {
    fix: "--plan plan.csv",
  });
}
