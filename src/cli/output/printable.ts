/** Control characters, also the second half of them, and the marks that turn the direction of writing round. */
const UNPRINTABLE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

/** Text that cannot steer a terminal: names come from the site and from file systems. Newlines and tabs stay. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, "\ufffd");
}

/** The same for text that must stay on its line. */
export function printableLine(text: string): string {
  return printable(text.replace(/[\t\n]+/g, " "));
}

/** Every string inside plain data made printable: rows, before a renderer sees them. */
export function printableData<Data>(data: Data): Data {
  if (typeof data === "string") return printableLine(data) as Data;
  if (Array.isArray(data)) return data.map(printableData) as Data;
  if (typeof data !== "object" || data === null) return data;
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, printableData(value)])) as Data;
}
