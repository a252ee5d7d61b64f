import { type CommandUnknownOpts, Option } from "@commander-js/extra-typings";

const GROUP = "Transfer:";
const OPTIONS = {
  jobs: () => new Option("--jobs <n>", "files at once"),
  "part-jobs": () =>
    new Option("--part-jobs <n>", "parts at once, all files together; chosen as it goes unless said"),
  "part-size": () =>
    new Option(
      "--part-size <size>",
      "size of a part, such as 16MiB; chosen from the file's size unless said",
    ),
  "limit-rate": () => new Option("--limit-rate <rate>", "bytes a second over everything, such as 20MB/s"),
  retries: () =>
    new Option("--retries <n>", "failures in a row, with no byte accepted between them, that end a transfer"),
  "stall-timeout": () =>
    new Option("--stall-timeout <s>", "silence that ends an attempt; there is no limit on the whole"),
  "connect-timeout": () => new Option("--connect-timeout <s>", "time to reach the site or the storage"),
} as const;

export type TransferOption = keyof typeof OPTIONS;

/** How bytes are carried: read by the settings, since a configuration file may say the same. */
export function addTransferOptions(command: CommandUnknownOpts, names: readonly TransferOption[]): void {
  for (const name of names) command.addOption(OPTIONS[name]().helpGroup(GROUP));
}

export function waitOption(what: string): Option<"--wait [seconds]"> {
  return new Option("--wait [seconds]", `${what}; 30 minutes unless said`);
}
