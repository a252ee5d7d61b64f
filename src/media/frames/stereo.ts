type Environment = Readonly<Record<string, string | undefined>>;

/** Whether a path has a place for the eye: `%V` or `%v`, in its name or in a folder's (contract/rv-paths.md 4). */
export function isStereoText(text: string): boolean {
  return /%[vV]/.test(text);
}

/**
 * The left and the right path for every pair of words in RV's order: `%v` (L:R, l:r) outside, `%V` (left:right, Left:Right) inside,
 * or what RV_STEREO_CHAR_PAIRS and RV_STEREO_NAME_PAIRS say. One pair for a path that has no eye.
 */
export function expandStereo(
  text: string,
  env: Environment = {},
): readonly (readonly [left: string, right: string])[] {
  if (!isStereoText(text)) return [[text, text]];
  const letters = /%v/.test(text)
    ? pairsOf(env["RV_STEREO_CHAR_PAIRS"], ["L", "R", "l", "r"])
    : [["", ""] as const];
  const words = /%V/.test(text)
    ? pairsOf(env["RV_STEREO_NAME_PAIRS"], ["left", "right", "Left", "Right"])
    : [["", ""] as const];
  return letters.flatMap((letter) =>
    words.map((word) => [fill(text, letter[0], word[0]), fill(text, letter[1], word[1])] as const),
  );
}

function fill(text: string, letter: string, word: string): string {
  return text.replaceAll("%v", () => letter).replaceAll("%V", () => word);
}

/** Pairs parted by colons on every system; a word without a partner is dropped. */
function pairsOf(setting: string | undefined, usual: readonly string[]): (readonly [string, string])[] {
  const words = setting ? setting.split(":").filter((word) => word !== "") : usual;
  const pairs: (readonly [string, string])[] = [];
  for (let at = 0; at + 1 < words.length; at += 2) pairs.push([words[at] ?? "", words[at + 1] ?? ""]);
  return pairs;
}
