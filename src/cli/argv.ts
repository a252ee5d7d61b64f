/** What is known of an option before the line is parsed. */
interface OptionFacts {
  readonly long?: string | undefined;
  readonly short?: string | undefined;
  readonly required: boolean;
  readonly optional: boolean;
}

/**
 * `--wait[=seconds]` takes its value by `=` only, as GNU options do; commander would also take the next word, which is
 * a file's name as likely as not. Each such option that stands alone gets its value here; values of other options and
 * everything behind `--` stay as they are.
 */
export function fillOptionalValues(
  args: readonly string[],
  options: readonly OptionFacts[],
  alone: string,
): string[] {
  const filled: string[] = [];
  for (let index = 0; index < args.length; index += 1) {
    const arg = args[index] as string;
    if (arg === "--") return [...filled, ...args.slice(index)];
    const option = options.find(({ long, short }) => arg === long || arg === short);
    filled.push(option?.optional ? `${arg}=${alone}` : arg);
    if (option?.required && index + 1 < args.length) {
      index += 1;
      filled.push(args[index] as string);
    }
  }
  return filled;
}
