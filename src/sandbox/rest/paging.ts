import { badParameters } from "../store/site-error.ts";

/** One page of a list; numbers start at 1. */
export interface Page {
  size: number;
  number: number;
}

interface PageLimits {
  defaultSize: number;
  maximum: number;
}

/** 500 rows unless asked, 5000 at most (contract/rest.md 4). */
export const RECORD_PAGES: PageLimits = { defaultSize: 500, maximum: 5000 };

function positive(value: unknown, name: "size" | "number", fallback: number): number {
  if (value === undefined || value === null || value === "") return fallback;
  const number = Number(value);
  if (!Number.isInteger(number)) throw badParameters({ page: { [name]: [`${name} must be an integer`] } });
  if (number < 1) throw badParameters({ page: { [name]: [`${name} must be greater than 0`] } });
  return number;
}

/** The page that a body's `page` or a query asks for. Throws the 400 of a size that is out of bounds. */
export function pageOf(asked: unknown, limits: PageLimits): Page {
  const page = (typeof asked === "object" && asked !== null ? asked : {}) as Record<string, unknown>;
  const size = positive(page["size"], "size", limits.defaultSize);
  // The site's own words: the bound itself is taken.
  if (size > limits.maximum)
    throw badParameters({ page: { size: [`size must be less than ${limits.maximum}`] } });
  return { size, number: positive(page["number"], "number", 1) };
}

/** `page[size]` and `page[number]` of a query. */
export function pageInQuery(query: URLSearchParams): Record<string, unknown> {
  return { size: query.get("page[size]") ?? undefined, number: query.get("page[number]") ?? undefined };
}

export function pick<T>(rows: readonly T[], { size, number }: Page): T[] {
  return rows.slice((number - 1) * size, number * size);
}

/** Links of a page. There is always a next one, past the end too (contract/rest.md 4). */
export function pageLinks(url: URL, page: Page): Record<string, string> {
  const at = (number: number): string => {
    const query = new URLSearchParams(url.search);
    query.set("page[number]", String(number));
    query.set("page[size]", String(page.size));
    return `${url.pathname}?${query}`;
  };
  const previous = page.number > 1 ? { prev: at(page.number - 1) } : {};
  return { self: `${url.pathname}${url.search}`, next: at(page.number + 1), ...previous };
}
