/** How a terminal is told to show a picture. */
export type PictureProtocol = "kitty" | "iterm" | "sixel" | "blocks";

type Environment = Readonly<Record<string, string | undefined>>;

const PROTOCOLS: readonly PictureProtocol[] = ["kitty", "iterm", "sixel", "blocks"];

/**
 * The best that the terminal is known to understand, by what it says of itself in the environment; SGMEDIA_PICTURE says it
 * outright. Inside tmux or screen pictures do not pass, so there it is blocks.
 */
export function choosePictureProtocol(env: Environment): PictureProtocol {
  const told = PROTOCOLS.find((each) => each === env["SGMEDIA_PICTURE"]);
  if (told) return told;
  const term = env["TERM"] ?? "";
  const program = env["TERM_PROGRAM"] ?? "";
  if (env["TMUX"] || env["STY"] || /^(?:tmux|screen)/.test(term)) return "blocks";
  if (env["KITTY_WINDOW_ID"] || /kitty|ghostty/.test(term) || program === "ghostty") return "kitty";
  if (/^(?:iTerm\.app|WezTerm|mintty|vscode)$/.test(program) || env["LC_TERMINAL"] === "iTerm2")
    return "iterm";
  if (/^(?:foot|mlterm|contour|yaft)|sixel/.test(term)) return "sixel";
  return "blocks";
}
