/**
 * Passwords as they are stored: scrypt with a salt of its own each, and its costs beside it so that they can grow.
 *
 *     const stored = await hashPassword("correct horse battery");
 *     await isPassword("correct horse battery", stored);   // true
 *
 * RFC 7914; the costs are OWASP's (N = 2^15, r = 8, p = 3: 32 MB, about a third of a second).
 */
import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from "node:crypto";
import { UsageError } from "../../errors.ts";

const cost = { N: 2 ** 15, r: 8, p: 3 };
const shortest = 10;
/** Nobody types more, and each byte of it is work. */
const longest = 512;

const derive = (password: string, salt: Buffer, { N, r, p }: ScryptOptions): Promise<Buffer> =>
  new Promise((resolve, reject) =>
    scrypt(password.normalize("NFKC"), salt, 32, { N, r, p, maxmem: 2 ** 28 }, (error, key) =>
      error ? reject(error) : resolve(key),
    ),
  );

/** @throws UsageError option-invalid where it is too short or too long */
export async function hashPassword(password: string): Promise<string> {
  if (password.length < shortest || password.length > longest) {
    throw new UsageError("option-invalid", `a password has from ${shortest} to ${longest} characters`);
  }
  const salt = randomBytes(16);
  const key = await derive(password, salt, cost);
  return ["scrypt", cost.N, cost.r, cost.p, salt.toString("base64"), key.toString("base64")].join("$");
}

/** As much work where there is no such user, so that the time doesn't say who there is. */
export async function isPassword(password: string, stored: string | undefined): Promise<boolean> {
  const [, N, r, p, salt, key] = (stored ?? `scrypt$${cost.N}$${cost.r}$${cost.p}$AAAA$`).split("$");
  if (password.length > longest) return false;
  const derived = await derive(password, Buffer.from(salt ?? "", "base64"), {
    N: Number(N),
    r: Number(r),
    p: Number(p),
  });
  const expected = Buffer.from(key ?? "", "base64");
  return expected.length === derived.length && timingSafeEqual(derived, expected);
}
