/**
 * Bytes of base64, spaces and line ends ignored; undefined for what is none.
 *
 *     decodeBase64("Tm8gUEUu")    // the bytes of "No PE."
 */
export function decodeBase64(text: string): Uint8Array | undefined {
  try {
    return Uint8Array.from(atob(text.replace(/\s+/g, "")), (letter) => letter.charCodeAt(0));
  } catch {
    return undefined;
  }
}
