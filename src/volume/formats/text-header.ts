/**
 * The head of NRRD and MetaImage files: lines of `key: value` or `key = value`, then the image.
 *
 *     const text = textLines(head, (line) => line === "");   // { lines, end }, or undefined
 */

/** What is read first; most headers take a few kilobytes. */
export const textHeaderLength = 1 << 16;
/** The longest header we read. */
export const longestTextHeader = 1 << 25;

/**
 * The lines up to and including the one for which `isLast` holds, and the offset of the byte after it. Undefined
 * when no such line ends within `head`.
 */
export function textLines(
  head: Uint8Array,
  isLast: (line: string) => boolean,
): { readonly lines: readonly string[]; readonly end: number } | undefined {
  const lines: string[] = [];
  const decoder = new TextDecoder("latin1");
  let start = 0;
  while (true) {
    const end = head.indexOf(0x0a, start);
    if (end < 0) return undefined;
    const carriageReturn = end > start && head[end - 1] === 0x0d ? 1 : 0;
    const line = decoder.decode(head.subarray(start, end - carriageReturn));
    lines.push(line);
    start = end + 1;
    if (isLast(line)) return { lines, end: start };
  }
}

/** The whitespace-separated numbers of a value; NaN where a part is none. */
export const numbers = (text: string): number[] =>
  text
    .trim()
    .split(/[\s,]+/)
    .filter((part) => part !== "")
    .map((part) => (/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(part) ? Number(part) : Number.NaN));
