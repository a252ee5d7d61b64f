/** The exit codes as help tells them. The codes themselves come from src/shared/error-codes.ts. */
const EXIT_MEANINGS: Readonly<Record<number, string>> = {
  0: "done",
  1: "unexpected: a bug",
  2: "wrong usage or configuration, or an input that is no regular file with something in it",
  3: "nothing matched",
  4: "not signed in, or not allowed",
  5: "the record, field or file does not exist",
  6: "some items done, some failed",
  7: "network, site or storage gave up; running it again goes on from here",
  8: "the bytes do not match, or the file changed while it was sent",
  9: "the site refused to transcode it",
  10: "waited too long",
  11: "it would have overwritten something",
  12: "this machine's disk: full, or not writable",
  130: "interrupted (143: terminated); what was accepted is remembered",
};

/** What any command that asks the site can give. */
export const SITE_EXITS = [0, 1, 2, 3, 4, 5, 7, 130];
/** And one that reads or writes files besides. */
export const TRANSFER_EXITS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 130];
export const LOCAL_EXITS = [0, 1, 2];

export function renderExitCodes(codes: readonly number[]): string {
  const lines = codes.map((code) => `  ${String(code).padEnd(3)}  ${EXIT_MEANINGS[code] ?? ""}`);
  return `Exit codes:\n${lines.join("\n")}`;
}
