/** Writes of File/Link fields: each accepted one makes a new Attachment (contract/local-storage.md B). */
type Fields = Readonly<Record<string, unknown>>;

/** Keys of the three shapes that a File/Link field takes, with what the site answers for each. */
const SAME_WHEN_READ: Readonly<Record<string, readonly string[]>> = {
  url: ["url"],
  relative_path: ["relative_path"],
  local_path: ["local_path_linux", "local_path_mac", "local_path_windows"],
};

export function makesAttachment(fields: Fields): boolean {
  return Object.values(fields).some((value) => linkKey(value) !== undefined);
}

/** Whether what was read holds every link that was written. Fields of other kinds are left out of it. */
export function holdsLinks(read: Fields, written: Fields): boolean {
  return Object.entries(written).every(([field, value]) => {
    const key = linkKey(value);
    if (key === undefined) return true;
    const held = read[field];
    if (!isMap(held) || !isMap(value)) return false;
    const wanted = value[key];
    return (SAME_WHEN_READ[key] ?? []).some((name) => samePath(held[name], wanted));
  });
}

function linkKey(value: unknown): string | undefined {
  return isMap(value) ? Object.keys(SAME_WHEN_READ).find((key) => typeof value[key] === "string") : undefined;
}

/** The site spells Windows paths with backslashes. */
function samePath(a: unknown, b: unknown): boolean {
  return (
    typeof a === "string" && typeof b === "string" && a.replaceAll("\\", "/") === b.replaceAll("\\", "/")
  );
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
