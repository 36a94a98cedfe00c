/**
 * What keeps the reading room to those it is for: on loopback, only pages of this very server; elsewhere, only who has
 * the token. Headers let the page load nothing from anywhere else, and give it the isolation that WebAssembly threads
 * need.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import { isIPv4 } from "node:net";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { UsageError } from "../errors.ts";

const securityHeaders: Readonly<Record<string, string>> = {
  "content-security-policy": [
    "default-src 'self'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "worker-src 'self' blob:",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "connect-src 'self' blob: data:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; "),
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "permissions-policy": "camera=(), microphone=(), geolocation=()",
};

export interface Access {
  readonly host: string;
  /** Asked of every call where given. */
  readonly token: string | undefined;
}

/** A name may begin like a loopback address and belong to anybody (127.example.com). */
export const isLoopback = (host: string): boolean =>
  host === "localhost" || host === "::1" || (isIPv4(host) && host.startsWith("127."));

/** @throws UsageError where a server would listen beyond this computer without a token */
export function checkAccess({ host, token }: Access): void {
  if (!isLoopback(host) && !token) {
    throw new UsageError("option-conflict", `listening on ${host} opens the reading room to other computers`, {
      hint: "give --token as well, or listen on 127.0.0.1",
    });
  }
  if (token !== undefined && token.length < 16) {
    throw new UsageError("option-invalid", "the token is shorter than 16 characters");
  }
}

const refusal = (message: string) => ({ error: { code: "not-allowed", message } });

/** What holds for every answer, the page's files too. */
export function secure(app: FastifyInstance, access: Access): void {
  app.addHook("onRequest", async (request, reply) => {
    reply.headers(securityHeaders);
    if (isLoopback(access.host) && !namesLoopback(request.headers.host)) {
      return reply.code(403).send(refusal("this server answers to loopback names only"));
    }
    if (request.method !== "GET" && request.method !== "HEAD" && !isSameOrigin(request)) {
      return reply.code(403).send(refusal("a page of another origin may not change anything here"));
    }
  });
}

/** Asks for the token on every route of the API. A route knows that it is meant, however its path was spelled. */
export function askForToken(api: FastifyInstance, { token }: Access): void {
  if (token === undefined) return;
  api.addHook("onRequest", async (request, reply) => {
    if (hasToken(request, token)) return;
    return reply.code(401).header("www-authenticate", "Bearer").send(refusal("the token is missing or wrong"));
  });
}

/** A name server of somebody else's can point at loopback; the Host header then gives it away. */
function namesLoopback(header: string | undefined): boolean {
  try {
    const { hostname } = new URL(`http://${header}`);
    return isLoopback(hostname.replace(/^\[|\]$/g, ""));
  } catch {
    return false;
  }
}

/** Browsers say where a request comes from; programs that are not browsers say nothing and carry no one's cookies. */
function isSameOrigin({ headers }: FastifyRequest): boolean {
  const site = headers["sec-fetch-site"];
  if (site !== undefined) return site === "same-origin" || site === "none";
  return headers.origin === undefined || headers.origin.replace(/^https?:\/\//, "") === headers.host;
}

function hasToken(request: FastifyRequest, token: string): boolean {
  const bearer = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1];
  // An event source can't send headers, so its address carries the token.
  const { token: query } = request.query as Readonly<Record<string, unknown>>;
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(bearer ?? (typeof query === "string" ? query : "")), digest(token));
}
