/** A word as a shell takes it. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** A command line: its words, then its flags without those that are empty. */
export function commandLine(words: string[], flags: Record<string, string | undefined> = {}): string {
  const given = Object.entries(flags).flatMap(([name, value]) => (value ? [`--${name}`, quoted(value)] : []));
  return ["pricewire", ...words.map(quoted), ...given].join(" ");
}

/** A text as SQL takes it. */
export const sqlText = (value: string) => `'${value.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
