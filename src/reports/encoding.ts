/**
 * Text from bytes of any encoding a hospital exports: UTF-8, UTF-16 with or without its mark, Windows-1252 (Latin-1).
 *
 *     const text = decodeReportText(bytes);   // never throws
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
export function decodeReportText(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder("utf-16le").decode(bytes);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder("utf-16be").decode(bytes);
  const utf16 = guessUtf16(bytes);
  if (utf16) return new TextDecoder(utf16).decode(bytes);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return decodeWindows1252(bytes);
  }
}

/** What Windows-1252 has where Latin-1 has control characters, from 0x80 on; a space where it has nothing. */
const windowsLetters =
  "\u20ac \u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152 \u017d  \u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153 \u017e\u0178";

/** Some runtimes decode "windows-1252" as Latin-1, so those letters are put in here. */
function decodeWindows1252(bytes: Uint8Array): string {
  const text = new TextDecoder("windows-1252").decode(bytes);
  return text.replace(/[\u0080-\u009f]/g, (letter) => windowsLetters[letter.charCodeAt(0) - 0x80] ?? " ");
}

/**
 * The same text, letter for letter at the same offsets, without what only looks different: curly quotes, long dashes,
 * odd spaces, control characters.
 */
export function levelText(text: string): string {
  if (!unlevel.test(text)) return text;
  return text
    .replace(/[\u2018\u2019\u02bc\u00b4`]/g, "'")
    .replace(/[\u201c\u201d\u00ab\u00bb]/g, '"')
    .replace(/[\u2010-\u2015\u2212]/g, "-")
    .replace(/[\u2022\u25aa\u25cf\u00b7]/g, "*")
    .replace(/\r(?=\n)/g, " ")
    .replace(/[\r\v\f\u0085\u2028\u2029]/g, "\n")
    .replace(/[^\S\n]|(?!\n)\p{Cc}|[\u200b-\u200d\ufeff]/gu, " ");
}

/** Something to level: beyond printable ASCII and line feeds. */
const unlevel = /[^\n -_a-~]/;
