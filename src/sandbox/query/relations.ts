import { displayName } from "../store/display-name.ts";
import { linksIn } from "../store/pairs.ts";
import type { Link, Sandbox } from "../types.ts";
import { calendarSpan, type Span, spanFromNow, UNITS } from "./calendar.ts";
import type { Operands } from "./operands.ts";

/** Whether one stored value meets the condition. */
type Test = (value: unknown) => boolean;
type Relation = (operands: Operands, sandbox: Sandbox) => Test;
export type Relations = Readonly<Record<string, Relation>>;

const fold = (value: unknown): string => String(value).toLowerCase();
const isEmpty = (value: unknown): boolean => value === null || value === undefined;

/** Equality after both sides went through `key`; null equals null only. */
function equality(
  operand: (operands: Operands, index: number) => unknown,
  key: (value: unknown) => unknown,
): Relations {
  const keyed = (value: unknown) => (isEmpty(value) ? null : key(value));
  return {
    is: (operands) => {
      const wanted = keyed(operands.single((index) => operand(operands, index)));
      return (value) => keyed(value) === wanted;
    },
    in: (operands) => {
      const wanted = new Set(operands.each((index) => keyed(operand(operands, index))));
      return (value) => wanted.has(keyed(value));
    },
  };
}

function ordering(
  operand: (operands: Operands, index: number) => unknown,
  key: (value: unknown) => number,
): Relations {
  const keyed = (value: unknown) => (isEmpty(value) ? null : key(value));
  return {
    ...equality(operand, key),
    less_than: (operands) => {
      const limit = keyed(operand(operands, 0));
      return (value) => !isEmpty(value) && limit !== null && key(value) < limit;
    },
    greater_than: (operands) => {
      const limit = keyed(operand(operands, 0));
      return (value) => !isEmpty(value) && limit !== null && key(value) > limit;
    },
    between: (operands) => {
      operands.count(2);
      const low = keyed(operand(operands, 0)) ?? Number.NEGATIVE_INFINITY;
      const high = keyed(operand(operands, 1)) ?? Number.POSITIVE_INFINITY;
      return (value) => !isEmpty(value) && key(value) >= low && key(value) <= high;
    },
  };
}

const dateKey = (value: unknown): number => Date.parse(String(value));

function within(span: Span): Test {
  return (value) => !isEmpty(value) && dateKey(value) >= span.fromMs && dateKey(value) <= span.toMs;
}

function dates(wholeDays: boolean): Relations {
  const fromNow =
    (sign: 1 | -1): Relation =>
    (operands, sandbox) => {
      operands.count(2);
      const unit = operands.oneOf(1, UNITS);
      return within(spanFromNow(sandbox.nowMs(), sign * operands.integer(0), unit, wholeDays));
    };
  const calendar =
    (unit: "DAY" | "WEEK" | "MONTH" | "YEAR"): Relation =>
    (operands, sandbox) =>
      within(calendarSpan(sandbox.nowMs(), operands.integer(0), unit));
  return {
    ...ordering((operands, index) => operands.date(index), dateKey),
    in_last: fromNow(1),
    in_next: fromNow(-1),
    in_calendar_day: calendar("DAY"),
    in_calendar_week: calendar("WEEK"),
    in_calendar_month: calendar("MONTH"),
    in_calendar_year: calendar("YEAR"),
  };
}

/** Tests of a text, whatever it is read from. */
function textTests(
  prefix: "" | "name_",
  texts: (value: unknown, sandbox: Sandbox) => readonly unknown[],
): Relations {
  const relation =
    (test: (text: string, wanted: string) => boolean): Relation =>
    (operands, sandbox) => {
      const wanted = fold(operands.text(0));
      return (value) => texts(value, sandbox).some((text) => !isEmpty(text) && test(fold(text), wanted));
    };
  return {
    [`${prefix}contains`]: relation((text, wanted) => text.includes(wanted)),
    [`${prefix}starts_with`]: relation((text, wanted) => text.startsWith(wanted)),
    [`${prefix}ends_with`]: relation((text, wanted) => text.endsWith(wanted)),
  };
}

const linkKey = (link: Link): string => `${link.type} ${link.id}`;

function nameOf(link: Link, sandbox: Sandbox): string | null {
  const row = sandbox.store.row(link.type, link.id);
  return row ? displayName(row) : null;
}

function namesIn(value: unknown, sandbox: Sandbox): readonly unknown[] {
  return linksIn(value).map((link) => nameOf(link, sandbox));
}

/** A list meets `is` when it holds the record, as `contains` would elsewhere; null means that it is empty. */
const LINKS: Relations = {
  is: (operands) => {
    const wanted = operands.single((index) => operands.link(index));
    if (wanted === null) return (value) => linksIn(value).length === 0;
    const key = linkKey(wanted);
    return (value) => linksIn(value).some((link) => linkKey(link) === key);
  },
  in: (operands) => {
    const links = operands.each((index) => operands.link(index));
    const wanted = new Set(links.flatMap((link) => (link ? [linkKey(link)] : [])));
    const takesEmpty = links.includes(null);
    return (value) => {
      const held = linksIn(value);
      return held.length === 0 ? takesEmpty : held.some((link) => wanted.has(linkKey(link)));
    };
  },
  type_is: (operands) => {
    const wanted = operands.textOrNull(0);
    return (value) =>
      wanted === null ? linksIn(value).length === 0 : linksIn(value).some((link) => link.type === wanted);
  },
  name_is: (operands, sandbox) => {
    const wanted = fold(operands.text(0));
    return (value) => namesIn(value, sandbox).some((name) => !isEmpty(name) && fold(name) === wanted);
  },
  ...textTests("name_", namesIn),
};

const tagsIn = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const TAGS: Relations = {
  is: (operands) => {
    const wanted = operands.single((index) => operands.textOrNull(index));
    return (value) =>
      wanted === null ? tagsIn(value).length === 0 : tagsIn(value).some((tag) => fold(tag) === fold(wanted));
  },
  in: (operands) => {
    const wanted = new Set(operands.each((index) => operands.textOrNull(index)).map(fold));
    return (value) => tagsIn(value).some((tag) => wanted.has(fold(tag)));
  },
  ...textTests("name_", tagsIn),
};

const CHOICES = equality((operands, index) => operands.textOrNull(index), fold);
const TEXTS: Relations = { ...CHOICES, ...textTests("", (value) => [value]) };
const NUMBERS = ordering((operands, index) => operands.number(index), Number);
const DATES = dates(true);
const INSTANTS = dates(false);

/** What may be asked of each data type, without the negations; a type that is not here cannot be filtered by. */
export const RELATIONS: Readonly<Record<string, Relations>> = {
  addressing: LINKS,
  checkbox: equality((operands, index) => operands.boolean(index), Boolean),
  color: CHOICES,
  currency: NUMBERS,
  date: DATES,
  date_time: INSTANTS,
  duration: NUMBERS,
  entity: LINKS,
  entity_type: TEXTS,
  float: NUMBERS,
  footage: NUMBERS,
  image: {
    is: (operands) => {
      operands.onlyNull();
      return isEmpty;
    },
  },
  list: CHOICES,
  multi_entity: LINKS,
  number: NUMBERS,
  percent: NUMBERS,
  status_list: CHOICES,
  tag_list: TAGS,
  text: TEXTS,
  timecode: NUMBERS,
  uuid: TEXTS,
};

/** A relation that is met when the other one is not. */
export const NEGATIONS: Readonly<Record<string, string>> = {
  is_not: "is",
  name_not_contains: "name_contains",
  not_between: "between",
  not_contains: "contains",
  not_in: "in",
  not_in_last: "in_last",
  not_in_next: "in_next",
  type_is_not: "type_is",
};
