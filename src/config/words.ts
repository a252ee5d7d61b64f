/** The words and numbers that the command line shares with the settings. Loads nothing: help needs it. */
export const PROGRESS_MODES = ["auto", "bar", "plain", "json", "none"] as const;
export type ProgressMode = (typeof PROGRESS_MODES)[number];

/** Every answer to "something is there already" that any command knows; each command takes its own four of them. */
export const IF_EXISTS = ["skip", "replace", "overwrite", "number", "new", "fail"] as const;
export type IfExists = (typeof IF_EXISTS)[number];

/** How long `--wait` waits when it is given no time, in seconds. */
export const DEFAULT_WAIT_SECONDS = 1800;
