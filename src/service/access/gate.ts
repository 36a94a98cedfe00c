/**
 * The gate before every call of the API: who calls, whether he may, under whose name he signs, and the line in the audit
 * log. Without accounts, token and OpenID provider the reading room is its single user's, and nobody is asked.
 */
import { timingSafeEqual } from "node:crypto";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { AuditEntry, AuditLog } from "../audit.ts";
import { type Accounts, type Caller, tokenDigest } from "./accounts.ts";
import { ruleOf } from "./roles.ts";
import type { Sessions } from "./sessions.ts";

export const sessionCookie = "embolens-session";
/** Whoever fails oftener in a minute, from one address, is not heard any more in it. */
export const failuresPerMinute = 20;

declare module "fastify" {
  interface FastifyRequest {
    /** Null for the single user, and before anybody is known. */
    caller: Caller | null;
  }
}

/** Whoever has the server's one token is its administrator, and signs as whom he says. */
const tokenHolder: Caller = { name: "holder of the token", role: "administrator" };

export interface GateSettings {
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly audit: AuditLog;
  readonly token: string | undefined;
  readonly hasOpenId: boolean;
}

export class Gate {
  readonly #settings: GateSettings;
  /** A room that was closed when it opened stays closed, also when its last account is removed. */
  readonly #wasClosed: boolean;
  #countFailure: (request: FastifyRequest) => Promise<boolean> = async () => false;

  constructor(settings: GateSettings) {
    this.#settings = settings;
    this.#wasClosed = this.#isClosedNow();
  }

  get isClosed(): boolean {
    return this.#wasClosed || this.#isClosedNow();
  }

  #isClosedNow(): boolean {
    const { accounts, token, hasOpenId } = this.#settings;
    return token !== undefined || hasOpenId || accounts.exist;
  }

  /** Puts the gate before every route that is added to `api` after it. Needs the rate limit's plugin. */
  guard(api: FastifyInstance): void {
    const limit = api.createRateLimit({ max: failuresPerMinute, timeWindow: "1 minute" });
    this.#countFailure = async (request) => {
      const counted = await limit(request);
      return !counted.isAllowed && counted.isExceeded;
    };
    api.decorateRequest("caller", null);
    api.addHook("onRoute", ({ method, url }) => {
      const lacking = [method].flat().find((one) => !ruleOf(one, url));
      if (lacking !== undefined) throw new Error(`${lacking} ${url} has no rule of who may call it`);
    });
    api.addHook("onRequest", (request, reply) => this.#admit(request, reply));
    api.addHook("preHandler", (request, reply) => this.#checkSignature(request, reply));
    api.addHook("onSend", async (request, reply, payload) => {
      const audited = ruleOf(request.method, request.routeOptions.url ?? "")?.audited;
      if (audited !== undefined && reply.statusCode < 400)
        await this.note(request, audited, studiesOf(request, payload));
      return payload;
    });
  }

  async #admit(request: FastifyRequest, reply: FastifyReply) {
    if (!this.isClosed) return;
    const rule = ruleOf(request.method, request.routeOptions.url ?? "");
    request.caller = this.#identify(request) ?? null;
    if (rule?.may === "anyone") return;
    if (!request.caller) {
      if (request.headers.authorization === undefined) return refuse(reply, 401, "sign in, or send a token");
      return this.refuseFailure(request, reply, "the token is missing or wrong");
    }
    if (!rule?.may.includes(request.caller.role)) {
      await this.note(request, "refused", null);
      return refuse(reply, 403, `${request.caller.name} may not do this as ${request.caller.role}`);
    }
  }

  /** The name that a caller signs with; null where he says it himself. */
  signature(caller: Caller): string | null {
    return caller === tokenHolder ? null : caller.name;
  }

  /** Answers a wrong token or password; the first ones in a minute are in the audit log, and then nobody is heard. */
  async refuseFailure(request: FastifyRequest, reply: FastifyReply, message: string, who: string | null = null) {
    if (await this.#countFailure(request)) {
      reply.header("retry-after", "60");
      return reply.code(429).send({ error: { code: "too-busy", message: "too many wrong passwords or tokens" } });
    }
    request.log.warn({ ip: request.ip, who }, message);
    await this.note(request, "sign-in refused", null, who);
    return refuse(reply.header("www-authenticate", "Bearer"), 401, message);
  }

  /** Who has this token: the server's one, or one of its own. */
  byToken(token: string): Caller | undefined {
    const { token: own, accounts } = this.#settings;
    if (own !== undefined && timingSafeEqual(Buffer.from(tokenDigest(token)), Buffer.from(tokenDigest(own)))) {
      return tokenHolder;
    }
    return accounts.byToken(token);
  }

  #identify(request: FastifyRequest): Caller | undefined {
    const bearer = /^bearer +(\S+)$/i.exec(request.headers.authorization ?? "")?.[1];
    if (bearer !== undefined) return this.byToken(bearer);
    const secret = request.cookies[sessionCookie];
    const session = secret === undefined ? undefined : this.#settings.sessions.find(secret);
    if (!session) return undefined;
    const { origin, caller, tokenDigest: digest } = session;
    // What was taken away since is taken away from the session too.
    if (origin === "password") return this.#settings.accounts.user(caller.name);
    if (origin === "openid") return caller;
    return caller === tokenHolder ? caller : this.#settings.accounts.byDigest(digest ?? "");
  }

  async #checkSignature(request: FastifyRequest, reply: FastifyReply) {
    const { caller, method } = request;
    if (!caller || this.signature(caller) === null || method === "GET" || method === "HEAD") return;
    const signature = signatureSchema.safeParse({ query: request.query, body: request.body });
    const name = signature.data?.query?.reader ?? signature.data?.body?.reader;
    if (name === undefined || name.trim() === caller.name) return;
    return refuse(reply, 403, `${caller.name} can’t sign as somebody else`);
  }

  /** Adds a line to the audit log. A line that can't be written is said in the server's log and by /api/ready. */
  async note(
    request: FastifyRequest,
    action: string,
    study: string | null,
    who: string | null = request.caller?.name ?? null,
  ): Promise<void> {
    const entry: AuditEntry = {
      ...{ who, role: request.caller?.role ?? null, from: request.ip, action, study, request: request.id },
    };
    try {
      request.log.info({ audit: await this.#settings.audit.add(entry), action, study }, "audited");
    } catch (error) {
      request.log.error({ err: error, entry }, "the audit log can’t be written");
    }
  }
}

const signatureSchema = z.object({
  query: z.object({ reader: z.string().optional() }).optional(),
  body: z.object({ reader: z.string().optional() }).optional().catch(undefined),
});

const refuse = (reply: FastifyReply, status: number, message: string) =>
  reply.code(status).send({ error: { code: "not-allowed", message } });

const sentSchema = z.object({ studies: z.array(z.object({ id: z.string() })) });

/** The study of the address, or those that an upload brought. */
function studiesOf({ params, routeOptions }: FastifyRequest, payload: unknown): string | null {
  const named = z.object({ id: z.string() }).safeParse(params);
  if (named.success) return named.data.id;
  if (routeOptions.url !== "/api/studies" || typeof payload !== "string") return null;
  const sent = sentSchema.safeParse(JSON.parse(payload));
  return sent.data?.studies.map(({ id }) => id).join(" ") || null;
}
