/** Signing in and out: by password, by token, or by an OpenID provider; who is signed in is in a cookie. */
import type { CookieSerializeOptions } from "@fastify/cookie";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { RefusedError } from "../../errors.ts";
import type { Accounts, Caller } from "../access/accounts.ts";
import { type Gate, sessionCookie } from "../access/gate.ts";
import type { OpenId } from "../access/openid.ts";
import type { Sessions } from "../access/sessions.ts";
import { signInSchema } from "../schema.ts";

const openIdCookie = "embolens-openid";

export interface SessionTools {
  readonly gate: Gate;
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly openId: OpenId | undefined;
  /** Whether browsers reach the server by TLS. */
  readonly isSecure: boolean;
}

export function addSessionRoutes(api: FastifyInstance, tools: SessionTools): void {
  const { gate, accounts, sessions, openId, isSecure } = tools;
  // Lax and not strict: the provider's redirect comes from another site.
  const cookie: CookieSerializeOptions = { httpOnly: true, sameSite: "lax", secure: isSecure, path: "/" };

  const state = (caller: Caller | null) => ({
    asks: gate.isClosed,
    caller: caller && { name: caller.name, role: caller.role, signsAs: gate.signature(caller) },
    openid: openId !== undefined,
  });

  const open = async (request: FastifyRequest, reply: FastifyReply, caller: Caller, secret: string) => {
    request.caller = caller;
    await gate.note(request, "signed in", null);
    reply.setCookie(sessionCookie, secret, cookie).header("cache-control", "no-store");
    return state(caller);
  };

  api.get("/session", async (request, reply) => {
    reply.header("cache-control", "no-store");
    return state(request.caller);
  });

  api.post("/session", { config: { rateLimit: { max: 20, timeWindow: "1 minute" } } }, async (request, reply) => {
    const given = signInSchema.parse(request.body);
    if ("token" in given) {
      const caller = gate.byToken(given.token);
      if (!caller) return gate.refuseFailure(request, reply, "the token is wrong");
      return open(request, reply, caller, sessions.open(caller, "token", given.token));
    }
    const caller = await accounts.byPassword(given.name, given.password);
    if (!caller) return gate.refuseFailure(request, reply, "the name or the password is wrong", given.name);
    return open(request, reply, caller, sessions.open(caller, "password"));
  });

  api.delete("/session", async (request, reply) => {
    const secret = request.cookies[sessionCookie];
    if (secret !== undefined) sessions.close(secret);
    if (request.caller) await gate.note(request, "signed out", null);
    return reply.clearCookie(sessionCookie, cookie).code(204).send();
  });

  const provider = (): OpenId => {
    if (!openId) throw new RefusedError("not-allowed", "this reading room has no OpenID provider");
    return openId;
  };

  api.get("/session/openid", async (_request, reply) => {
    const { address, state: begun } = await provider().begin();
    return reply.setCookie(openIdCookie, begun, { ...cookie, maxAge: 600 }).redirect(address);
  });

  api.get("/session/openid/callback", async (request, reply) => {
    const { [openIdCookie]: begun } = z.record(z.string(), z.string().optional()).parse(request.cookies);
    const query = request.url.split("?")[1] ?? "";
    const caller = await provider().finish(query, begun ?? "");
    reply.clearCookie(openIdCookie, cookie);
    await open(request, reply, caller, sessions.open(caller, "openid"));
    return reply.redirect("/");
  });
}
