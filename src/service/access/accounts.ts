/**
 * Who may use the reading room: people with passwords and machines with tokens, in one file of the data folder that only
 * its owner can read. The command line changes it; a running server reads it again when it has changed.
 *
 *     const accounts = new Accounts("reading-room");
 *     await accounts.addUser("Dr One", "reader", "correct horse battery");
 *     const token = await accounts.addToken("ward-pacs", "machine");   // told once, stored as its digest
 *
 * @throws FailedError where the file can't be read: nobody is let in by a file that is broken
 */
import { createHash, randomBytes } from "node:crypto";
import { existsSync, readFileSync, statSync } from "node:fs";
import { chmod, mkdir, open, rename } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { FailedError, RefusedError } from "../../errors.ts";
import { readerSchema } from "../schema.ts";
import { hashPassword, isPassword } from "./password.ts";
import { type Role, roles } from "./roles.ts";

const accountsSchema = z.object({
  users: z.array(z.object({ name: readerSchema, role: z.enum(roles), password: z.string() })),
  tokens: z.array(z.object({ name: readerSchema, role: z.enum(roles), sha256: z.string(), made: z.iso.datetime() })),
});
type AccountsFile = z.infer<typeof accountsSchema>;

/** Who calls, and what he may do. */
export interface Caller {
  readonly name: string;
  readonly role: Role;
}

export const tokenDigest = (token: string): string => createHash("sha256").update(token).digest("hex");

/** The accounts of one data folder; see the head of this file. */
export class Accounts {
  readonly #path: string;
  #read: { readonly version: string; readonly file: AccountsFile } | undefined;

  constructor(data: string) {
    this.#path = join(data, "access", "accounts.json");
  }

  /** Whether anybody has an account; without, the reading room is its single user's. */
  get exist(): boolean {
    const { users, tokens } = this.#file();
    return users.length + tokens.length > 0;
  }

  get users(): readonly Caller[] {
    return this.#file().users.map(({ name, role }) => ({ name, role }));
  }

  get tokens(): readonly (Caller & { readonly made: string })[] {
    return this.#file().tokens.map(({ name, role, made }) => ({ name, role, made }));
  }

  async byPassword(name: string, password: string): Promise<Caller | undefined> {
    const user = this.#file().users.find((one) => one.name === name);
    return (await isPassword(password, user?.password)) && user ? { name, role: user.role } : undefined;
  }

  byToken(token: string): Caller | undefined {
    return this.byDigest(tokenDigest(token));
  }

  byDigest(digest: string): Caller | undefined {
    const found = this.#file().tokens.find(({ sha256 }) => sha256 === digest);
    return found && { name: found.name, role: found.role };
  }

  /** The user as he is now: a session ends with its user, and follows his role. */
  user(name: string): Caller | undefined {
    return this.users.find((one) => one.name === name);
  }

  /** Adds a user, or gives a known one another role and password. */
  async addUser(name: string, role: Role, password: string): Promise<void> {
    const user = { name: readerSchema.parse(name), role, password: await hashPassword(password) };
    const { users, tokens } = this.#file();
    await this.#write({ tokens, users: [...users.filter((one) => one.name !== user.name), user] });
  }

  async removeUser(name: string): Promise<void> {
    const { users, tokens } = this.#file();
    const left = users.filter((one) => one.name !== name);
    if (left.length === users.length) throw new RefusedError("account-unknown", `there is no user ${name}`);
    await this.#write({ tokens, users: left });
  }

  /** @returns the token, which is told this once */
  async addToken(name: string, role: Role): Promise<string> {
    const { users, tokens } = this.#file();
    if (tokens.some((one) => one.name === name)) {
      throw new RefusedError("account-known", `there is a token ${name} already`, { hint: "revoke it first" });
    }
    const token = randomBytes(32).toString("base64url");
    const added = { name: readerSchema.parse(name), role, sha256: tokenDigest(token), made: new Date().toISOString() };
    await this.#write({ users, tokens: [...tokens, added] });
    return token;
  }

  async revokeToken(name: string): Promise<void> {
    const { users, tokens } = this.#file();
    const left = tokens.filter((one) => one.name !== name);
    if (left.length === tokens.length) throw new RefusedError("account-unknown", `there is no token ${name}`);
    await this.#write({ users, tokens: left });
  }

  #file(): AccountsFile {
    if (!existsSync(this.#path)) return { users: [], tokens: [] };
    try {
      const { mtimeNs, ino, size } = statSync(this.#path, { bigint: true });
      const version = `${ino} ${mtimeNs} ${size}`;
      if (this.#read?.version !== version) {
        this.#read = { version, file: accountsSchema.parse(JSON.parse(readFileSync(this.#path, "utf8"))) };
      }
      return this.#read.file;
    } catch (cause) {
      throw new FailedError("file-unreadable", `${this.#path}: is no list of accounts`, {
        hint: "put it back from a copy, or move it away and add the accounts again",
        cause,
      });
    }
  }

  async #write(file: AccountsFile): Promise<void> {
    const folder = join(this.#path, "..");
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await chmod(folder, 0o700);
    const half = `${this.#path}.${process.pid}.half`;
    const handle = await open(half, "w", 0o600);
    try {
      await handle.writeFile(JSON.stringify(file, null, 2));
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(half, this.#path);
  }
}
