/**
 * Who is signed in: a random number in a cookie that no script can read, its digest and its owner here. Sessions live in
 * memory: a server that starts again asks everybody once more.
 */
import { randomBytes } from "node:crypto";
import { type Caller, tokenDigest } from "./accounts.ts";

/** A shift; and no longer without a call than a meeting takes. */
const longestMilliseconds = 12 * 3600 * 1000;
const idleMilliseconds = 2 * 3600 * 1000;
const mostSessions = 10_000;

interface Session {
  /** How he is found again when the accounts change. */
  readonly origin: "password" | "openid" | "token";
  readonly caller: Caller;
  /** Of the token it was opened with. */
  readonly tokenDigest?: string;
  readonly until: number;
  used: number;
}

export class Sessions {
  readonly #sessions = new Map<string, Session>();

  /** @returns what the cookie carries */
  open(caller: Caller, origin: Session["origin"], token?: string): string {
    const now = Date.now();
    for (const [key, session] of this.#sessions) if (!isAlive(session, now)) this.#sessions.delete(key);
    // The oldest goes where there are more than there are people.
    if (this.#sessions.size >= mostSessions) this.#sessions.delete([...this.#sessions.keys()][0] ?? "");
    const secret = randomBytes(32).toString("base64url");
    const session = { origin, caller, used: now, until: now + longestMilliseconds };
    this.#sessions.set(
      tokenDigest(secret),
      token === undefined ? session : { ...session, tokenDigest: tokenDigest(token) },
    );
    return secret;
  }

  find(secret: string): Session | undefined {
    const session = this.#sessions.get(tokenDigest(secret));
    if (!session || !isAlive(session, Date.now())) return undefined;
    session.used = Date.now();
    return session;
  }

  close(secret: string): void {
    this.#sessions.delete(tokenDigest(secret));
  }
}

const isAlive = ({ used, until }: Session, now: number): boolean => now < until && now - used < idleMilliseconds;
