/**
 * What keeps other sites' pages out: the server answers to its own names only, and to changes from its own pages only;
 * who may do what is the gate's (access/gate.ts). Headers let the page load nothing from anywhere else, and give it the isolation that WebAssembly threads
 * need.
 */
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
  /** One for everything, of an administrator. */
  readonly token: string | undefined;
  /** Where browsers reach the server, where that is not the address it listens on. */
  readonly publicUrl?: string | undefined;
}

/** A name may begin like a loopback address and belong to anybody (127.example.com). */
export const isLoopback = (host: string): boolean =>
  host === "localhost" || host === "::1" || (isIPv4(host) && host.startsWith("127."));

/**
 * @param isClosed whether anybody is asked who he is
 * @throws UsageError where others could reach a server that asks nobody
 */
export function checkAccess({ host, token, publicUrl }: Access, isClosed: boolean): void {
  const reached = [host, ...(publicUrl === undefined ? [] : [hostOf(publicUrl)])].find((name) => !isLoopback(name));
  if (reached !== undefined && !isClosed) {
    throw new UsageError("option-conflict", `listening on ${reached} opens the reading room to other computers`, {
      hint: "add users with `embolens users add`, or give --token-file or --openid; or listen on 127.0.0.1",
    });
  }
  if (token !== undefined && token.length < 16) {
    throw new UsageError("option-invalid", "the token is shorter than 16 characters");
  }
}

function hostOf(publicUrl: string): string {
  try {
    return new URL(publicUrl).hostname.replace(/^\[|\]$/g, "");
  } catch {
    throw new UsageError("option-invalid", `${publicUrl}: expected an address such as https://ct.example.org`);
  }
}

const refusal = (message: string) => ({ error: { code: "not-allowed", message } });

/** What holds for every answer, the page's files too. */
export function secure(app: FastifyInstance, access: Access): void {
  app.addHook("onRequest", async (request, reply) => {
    reply.headers(securityHeaders).header("x-request-id", request.id);
    if (isLoopback(access.host) && !isOurName(request.headers.host, access)) {
      return reply
        .code(403)
        .send(refusal("this server does not answer to that name: --public-url says which is its own"));
    }
    if (request.method !== "GET" && request.method !== "HEAD" && !isSameOrigin(request, access)) {
      return reply.code(403).send(refusal("a page of another origin may not change anything here"));
    }
  });
}

/** A name server of somebody else's can point at loopback; the Host header then gives it away. */
function isOurName(header: string | undefined, { publicUrl }: Access): boolean {
  try {
    const { hostname, host } = new URL(`http://${header}`);
    if (isLoopback(hostname.replace(/^\[|\]$/g, ""))) return true;
    return publicUrl !== undefined && [new URL(publicUrl).host, new URL(publicUrl).hostname].includes(host);
  } catch {
    return false;
  }
}

/** Browsers say where a request comes from; programs that are not browsers say nothing and carry no one's cookies. */
function isSameOrigin({ headers }: FastifyRequest, { publicUrl }: Access): boolean {
  const site = headers["sec-fetch-site"];
  if (site !== undefined) return site === "same-origin" || site === "none";
  if (headers.origin === undefined) return true;
  if (publicUrl !== undefined && headers.origin === new URL(publicUrl).origin) return true;
  return headers.origin.replace(/^https?:\/\//, "") === headers.host;
}
