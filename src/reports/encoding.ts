/**
 * Text from bytes of any encoding a hospital exports: UTF-8, UTF-16 with or without its mark, Windows-1252 (Latin-1).
 *
 *     const text = decodeText(bytes);   // never throws
 */

/** Share of zero bytes on one side of the pairs that says UTF-16: Latin letters have an empty high byte. */
const zeroShare = 0.3;
const bytesLookedAt = 4096;

function guessUtf16(bytes: Uint8Array): "utf-16le" | "utf-16be" | undefined {
  const looked = Math.min(bytes.length, bytesLookedAt) & ~1;
  if (looked < 2) return undefined;
  let even = 0;
  let odd = 0;
  for (let at = 0; at < looked; at += 2) {
    if (bytes[at] === 0) even++;
    if (bytes[at + 1] === 0) odd++;
  }
  const pairs = looked / 2;
  if (odd / pairs > zeroShare && even < odd / 4) return "utf-16le";
  if (even / pairs > zeroShare && odd < even / 4) return "utf-16be";
  return undefined;
}

/** A byte-order mark decides; then zero bytes (UTF-16); then whether the bytes are valid UTF-8; else Windows-1252. */
export function decodeText(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder("utf-16le").decode(bytes);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder("utf-16be").decode(bytes);
  const utf16 = guessUtf16(bytes);
  if (utf16) return new TextDecoder(utf16).decode(bytes);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}

/**
 * The same text, letter for letter at the same offsets, without what only looks different: curly quotes, long dashes,
 * odd spaces, control characters; and with the unticked choices of a form blanked out ("[x] Present [ ] Absent").
 */
export function levelText(text: string): string {
  return text
    .replace(/[\u2018\u2019\u02bc\u00b4`]/g, "'")
    .replace(/[\u201c\u201d\u00ab\u00bb]/g, '"')
    .replace(/[\u2010-\u2015\u2212]/g, "-")
    .replace(/[\u2022\u25aa\u25cf\u00b7]/g, "*")
    .replace(/\r(?=\n)/g, " ")
    .replace(/[\r\v\f\u0085\u2028\u2029]/g, "\n")
    .replace(/[^\S\n]|(?!\n)\p{Cc}|[\u200b-\u200d\ufeff]/gu, " ")
    .replace(/(?:\[ {0,2}\]|\( {0,2}\)|\u2610)[^[(\u2610\u2611\u2612\n]*/g, blank)
    .replace(/\[[xX*]\]|\([xX]\)|[\u2611\u2612]/g, blank);
}

const blank = (text: string) => " ".repeat(text.length);
