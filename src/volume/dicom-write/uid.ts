/**
 * Unique identifiers that follow from a seed and a name, so that the same call writes the same objects.
 *
 *     uidFrom(7, "study", "0001")   // "2.25.…", always the same
 *
 * The 2.25 form is a UUID as a decimal number (PS3.5 annex B.2); the UUID is of version 8, "custom" (RFC 9562), because
 * its bits come from {@link Random} and not from a clock.
 */
import { Random } from "../../random.ts";

/**
 * @param seed a safe integer
 * @param names what is being identified; other names, other identifier
 */
export function uidFrom(seed: number, ...names: readonly (string | number)[]): string {
  const random = new Random(seed, "uid", ...names);
  let uuid = 0n;
  for (let word = 0; word < 4; word++) uuid = (uuid << 32n) | BigInt(random.bits());
  uuid = (uuid & ~(0xfn << 76n)) | (8n << 76n);
  uuid = (uuid & ~(3n << 62n)) | (2n << 62n);
  return `2.25.${uuid}`;
}
