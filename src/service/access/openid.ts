/**
 * Signing in by an OpenID provider: authorization code with PKCE, state and nonce (OpenID Connect Core 1.0, 3.1; RFC 7636).
 * The provider says in the claim `roles` or `groups` who is what: `embolens-reader`, `embolens-annotator`,
 * `embolens-administrator`. Whoever has none of them is not let in.
 */
import * as client from "openid-client";
import { z } from "zod";
import { FailedError, RefusedError } from "../../errors.ts";
import type { Caller } from "./accounts.ts";

export interface OpenIdSettings {
  readonly issuer: string;
  readonly client: string;
  readonly secret: string | undefined;
}

export const callbackPath = "/api/session/openid/callback";
const minutesToSignIn = 10;
const mostPending = 1000;

const claimsSchema = z.object({
  preferred_username: z.string().optional(),
  email: z.string().optional(),
  sub: z.string(),
  roles: z.array(z.string()).optional(),
  groups: z.array(z.string()).optional(),
});

/** Highest first: who has several has the first. */
const openIdRoles = ["administrator", "annotator", "reader"] as const;

export class OpenId {
  readonly #configuration: client.Configuration;
  readonly #redirect: string;
  readonly #pending = new Map<string, { readonly verifier: string; readonly nonce: string; readonly until: number }>();

  private constructor(configuration: client.Configuration, redirect: string) {
    this.#configuration = configuration;
    this.#redirect = redirect;
  }

  /**
   * Asks the provider what it can.
   * @param publicUrl where browsers reach this server
   * @throws FailedError provider-unreachable
   */
  static async discover({ issuer, client: id, secret }: OpenIdSettings, publicUrl: string): Promise<OpenId> {
    try {
      const url = new URL(issuer);
      const isLocal = ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname);
      const options = isLocal && url.protocol === "http:" ? { execute: [client.allowInsecureRequests] } : {};
      const configuration = await client.discovery(url, id, secret, undefined, options);
      return new OpenId(configuration, new URL(callbackPath, publicUrl).href);
    } catch (cause) {
      throw new FailedError("provider-unreachable", `${issuer}: the OpenID provider can’t be asked`, {
        hint: "give the issuer as its own discovery document names it, with https",
        cause,
      });
    }
  }

  /** Where to send the browser, and what it must bring back. */
  async begin(): Promise<{ readonly address: string; readonly state: string }> {
    const now = Date.now();
    for (const [state, { until }] of this.#pending) if (until < now) this.#pending.delete(state);
    if (this.#pending.size >= mostPending) this.#pending.delete([...this.#pending.keys()][0] ?? "");
    const verifier = client.randomPKCECodeVerifier();
    const state = client.randomState();
    const nonce = client.randomNonce();
    this.#pending.set(state, { verifier, nonce, until: now + minutesToSignIn * 60_000 });
    const address = client.buildAuthorizationUrl(this.#configuration, {
      redirect_uri: this.#redirect,
      scope: "openid profile email",
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
      state,
      nonce,
    });
    return { address: address.href, state };
  }

  /**
   * @param query of the address that the provider sent the browser to
   * @param state that this browser was given
   * @throws RefusedError not-allowed
   */
  async finish(query: string, state: string): Promise<Caller> {
    const pending = this.#pending.get(state);
    this.#pending.delete(state);
    if (!pending || pending.until < Date.now()) {
      throw new RefusedError("not-allowed", "this sign-in was begun too long ago, or elsewhere: begin it again");
    }
    const claims = await this.#claims(query, state, pending);
    const given = new Set([...(claims.roles ?? []), ...(claims.groups ?? [])]);
    const role = openIdRoles.find((one) => given.has(`embolens-${one}`));
    const name = (claims.preferred_username ?? claims.email ?? claims.sub).trim().slice(0, 120);
    if (!role) throw new RefusedError("not-allowed", `${name} has no role in this reading room`);
    return { name, role };
  }

  async #claims(query: string, state: string, { verifier, nonce }: { verifier: string; nonce: string }) {
    try {
      const tokens = await client.authorizationCodeGrant(this.#configuration, new URL(`${this.#redirect}?${query}`), {
        pkceCodeVerifier: verifier,
        expectedState: state,
        expectedNonce: nonce,
        idTokenExpected: true,
      });
      const said = tokens.claims();
      const { userinfo_endpoint: endpoint } = this.#configuration.serverMetadata();
      const more =
        said && endpoint ? await client.fetchUserInfo(this.#configuration, tokens.access_token, said.sub) : {};
      return claimsSchema.parse({ ...more, ...said });
    } catch (cause) {
      throw new RefusedError("not-allowed", "the OpenID provider did not sign anybody in", { cause });
    }
  }
}
