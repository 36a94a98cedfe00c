/**
 * Access to the reading room: accounts, sessions, the gate, the audit log and where it says who signed in.
 *
 *     const access = await openAccess(settings);
 *     await access.register(app);                                  // plugins, once
 *     app.register(async (api) => access.guard(api), { prefix: "/api" });
 */
import { join } from "node:path";
import cookie from "@fastify/cookie";
import rateLimit from "@fastify/rate-limit";
import type { FastifyInstance } from "fastify";
import { UsageError } from "../../errors.ts";
import { AuditLog } from "../audit.ts";
import { addSessionRoutes } from "../routes/session.ts";
import { type Access, checkAccess } from "../security.ts";
import { Accounts } from "./accounts.ts";
import { Gate } from "./gate.ts";
import { OpenId, type OpenIdSettings } from "./openid.ts";
import { Sessions } from "./sessions.ts";

/** What a reading room is told of who may reach it and how. */
export interface AccessSettings extends Access {
  readonly data: string;
  readonly openId?: OpenIdSettings | undefined;
  /** Certificate and key, PEM. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  /** Addresses of proxies whose X-Forwarded-For is believed, by commas. */
  readonly trustProxy?: string | undefined;
}

/** A page asks for a few hundred things when it opens; a program that asks for more waits. */
const callsPerMinute = 3000;

/** What a server puts before its routes. */
export interface OpenedAccess {
  readonly audit: AuditLog;
  register(app: FastifyInstance): Promise<void>;
  guard(api: FastifyInstance): void;
}

/** @throws UsageError where the settings would open the reading room to others, or lack something */
export async function openAccess(settings: AccessSettings): Promise<OpenedAccess> {
  const { data, token, openId: provider, publicUrl, tls } = settings;
  const accounts = new Accounts(data);
  checkAccess(settings, token !== undefined || provider !== undefined || accounts.exist);
  if (provider && publicUrl === undefined) {
    throw new UsageError("option-conflict", "an OpenID provider sends browsers back to an address it has to be told", {
      hint: "give --public-url as well, as browsers reach this server",
    });
  }
  const openId = provider && publicUrl !== undefined ? await OpenId.discover(provider, publicUrl) : undefined;
  const audit = await AuditLog.open(join(data, "audit.jsonl"));
  const sessions = new Sessions();
  const gate = new Gate({ accounts, sessions, audit, token, hasOpenId: openId !== undefined });
  const isSecure = tls !== undefined || (publicUrl?.startsWith("https:") ?? false);
  return {
    audit,
    register: async (app) => {
      await app.register(cookie);
      // The single user is alone with his server.
      await app.register(rateLimit, { max: callsPerMinute, timeWindow: "1 minute", allowList: () => !gate.isClosed });
    },
    guard: (api) => {
      gate.guard(api);
      addSessionRoutes(api, { gate, accounts, sessions, openId, isSecure });
    },
  };
}
