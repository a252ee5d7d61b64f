/** `PublishedFile`, `publishedFile`, `Published_File` → `published_file`; words split at capitals and underscores. */
function snakeCase(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, "$1_$2").toLowerCase();
}

function plural(word: string): string {
  if (/[^aeiou]y$/.test(word)) return `${word.slice(0, -1)}ies`;
  if (/(?:s|x|ch|sh)$/.test(word)) return `${word}es`;
  return `${word}s`;
}

/** The segment that links carry for a type: `HumanUser` → `human_users` (contract/rest.md 1). */
export function typeSlug(type: string): string {
  return plural(snakeCase(type));
}

/** A lookup from any spelling that REST accepts (singular or plural, any case) to the CamelCase singular name. */
export function typeSpellings(types: Iterable<string>): (segment: string) => string | undefined {
  const bySnake = new Map<string, string>();
  for (const type of types) {
    bySnake.set(snakeCase(type), type);
    bySnake.set(typeSlug(type), type);
  }
  return (segment) => bySnake.get(snakeCase(segment));
}
