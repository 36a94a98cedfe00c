import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { dicomFiles, form, put, send, spot, start } from "../../../test/service-room.ts";
import { verifyAudit } from "../audit.ts";
import { openApi } from "../openapi.ts";
import { Accounts } from "./accounts.ts";
import { ruleOf } from "./roles.ts";

const password = "correct horse battery";

async function roomWithUsers() {
  const data = await mkdtemp(join(tmpdir(), "embolens-room-"));
  const accounts = new Accounts(data);
  await accounts.addUser("Dr One", "reader", password);
  await accounts.addUser("Dr Two", "annotator", password);
  await accounts.addUser("Chief", "administrator", password);
  const token = await accounts.addToken("ward-pacs", "machine");
  const service = await start({ data, logLevel: "silent" });
  const signIn = async (body: object) => {
    const response = await fetch(`${service.address}/api/session`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    const cookie = response.headers.get("set-cookie") ?? "";
    return { status: response.status, cookie, headers: { cookie: cookie.split(";")[0] ?? "" } };
  };
  const call = (path: string, headers: Record<string, string>, init: RequestInit = {}) =>
    fetch(`${service.address}/api/${path}`, { ...init, headers: { ...headers, ...(init.headers as object) } });
  const machine = { authorization: `Bearer ${token}` };
  const sent = await call("studies", machine, { method: "POST", body: form(dicomFiles("one")) });
  expect(sent.status).toBe(202);
  const { id } = service.library.list()[0]!;
  return { service, data, accounts, signIn, call, machine, id };
}

const verdict = (reader: string): RequestInit => ({
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ slab: null, verdict: "confirmed", reader }),
});

test("the single user on his own computer is asked nothing", async () => {
  const service = await start();
  expect(await (await fetch(`${service.address}/api/session`)).json()).toEqual({
    asks: false,
    caller: null,
    openid: false,
  });
  expect((await send(service, dicomFiles("one"))).status).toBe(202);
});

test("a user signs in by password into a cookie that no script reads, and out again", async () => {
  const { signIn, call } = await roomWithUsers();
  expect((await call("studies", {})).status).toBe(401);
  expect((await signIn({ name: "Dr One", password: "wrong horse battery" })).status).toBe(401);
  expect((await signIn({ name: "Nobody", password })).status).toBe(401);
  const { cookie, headers } = await signIn({ name: "Dr One", password });
  expect(cookie).toMatch(/HttpOnly/);
  expect(cookie).toMatch(/SameSite=Lax/);
  expect((await call("studies", headers)).status).toBe(200);
  expect(await (await call("session", headers)).json()).toMatchObject({ caller: { name: "Dr One", role: "reader" } });
  expect((await call("session", headers, { method: "DELETE" })).status).toBe(204);
  expect((await call("studies", headers)).status).toBe(401);
});

test("readers sign as who they are", async () => {
  const { signIn, call, id, service } = await roomWithUsers();
  const { headers } = await signIn({ name: "Dr One", password });
  expect((await call(`studies/${id}/verdicts`, headers, verdict("Dr Two"))).status).toBe(403);
  const measured = { method: "PUT", headers: { "content-type": "application/json" }, body: '{"measurements":[]}' };
  expect((await call(`studies/${id}/measurements?reader=Dr%20Two`, headers, measured)).status).toBe(403);
  expect((await call(`studies/${id}/measurements?reader=Dr%20Two&reader=Dr%20One`, headers, measured)).status).not.toBe(
    200,
  );
  expect((await call(`studies/${id}/verdicts`, headers, verdict("Dr One"))).status).toBe(200);
  expect(service.library.get(id).verdicts.map(({ reader }) => reader)).toEqual(["Dr One"]);
});

test("each role may do what is its own", async () => {
  const { signIn, call, id, machine } = await roomWithUsers();
  const reader = (await signIn({ name: "Dr One", password })).headers;
  const chief = (await signIn({ name: "Chief", password })).headers;
  const remove = { method: "DELETE", headers: { "if-match": "*" } };
  expect((await call("studies", reader, { method: "POST", body: form(dicomFiles("two")) })).status).toBe(403);
  expect((await call(`studies/${id}`, reader, remove)).status).toBe(403);
  expect((await call(`studies/${id}`, machine, remove)).status).toBe(403);
  expect((await call(`studies/${id}/verdicts`, machine, verdict("ward-pacs"))).status).toBe(403);
  expect((await call("metrics", reader)).status).toBe(403);
  expect(await (await call("metrics", machine)).text()).toContain('embolens_studies{state="running"} 1');
  expect((await call(`studies/${id}`, chief, remove)).status).toBe(204);
});

test("a user that is removed and a token that is revoked end at once", async () => {
  const { signIn, call, accounts, machine } = await roomWithUsers();
  const { headers } = await signIn({ name: "Dr One", password });
  const byToken = await signIn({ token: machine.authorization.slice("Bearer ".length) });
  expect((await call("studies", byToken.headers)).status).toBe(200);
  await accounts.removeUser("Dr One");
  await accounts.revokeToken("ward-pacs");
  expect((await call("studies", headers)).status).toBe(401);
  expect((await call("studies", machine)).status).toBe(401);
  expect((await call("studies", byToken.headers)).status).toBe(401);
});

test("a reading room stays closed when its last account is removed while it is open", async () => {
  const { call, accounts } = await roomWithUsers();
  for (const name of ["Dr One", "Dr Two", "Chief"]) await accounts.removeUser(name);
  await accounts.revokeToken("ward-pacs");
  expect((await call("studies", {})).status).toBe(401);
});

test("wrong tokens and passwords leave a trace, and after twenty in a minute nobody is heard", async () => {
  const { call, signIn, data } = await roomWithUsers();
  const statuses: number[] = [];
  for (let count = 0; count < 30; count++) {
    statuses.push((await call("studies", { authorization: `Bearer wrong-${count}` })).status);
  }
  expect(statuses.filter((status) => status === 401)).toHaveLength(20);
  expect(statuses.at(-1)).toBe(429);
  expect((await signIn({ name: "Dr One", password: "wrong horse battery" })).status).toBe(429);
  const log = await readFile(join(data, "audit.jsonl"), "utf8");
  expect(log.split("\n").filter((line) => line.includes('"sign-in refused"'))).toHaveLength(20);
});

test("passwords and tokens are stored as what can’t be turned back, readable by their owner alone", async () => {
  const { data, machine } = await roomWithUsers();
  const file = await readFile(join(data, "access", "accounts.json"), "utf8");
  expect(file).not.toContain(password);
  expect(file).not.toContain(machine.authorization.slice("Bearer ".length));
  const { stat } = await import("node:fs/promises");
  expect((await stat(join(data, "access", "accounts.json"))).mode & 0o077).toBe(0);
});

test("the audit log says who opened, judged, annotated and removed what, and from where", async () => {
  const { signIn, call, id, data, service } = await roomWithUsers();
  const chief = (await signIn({ name: "Chief", password })).headers;
  await call(`studies/${id}`, chief);
  await call(`studies/${id}/verdicts`, chief, verdict("Chief"));
  const annotated = await put(service, id, spot(3), "3", "Chief", chief);
  expect(annotated.status).toBe(200);
  await call(`studies/${id}`, chief, { method: "DELETE", headers: { "if-match": "*" } });
  const lines = (await readFile(join(data, "audit.jsonl"), "utf8"))
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines.map(({ who, action, study, from }) => [who, action, study, from])).toEqual([
    ["ward-pacs", "sent", id, "127.0.0.1"],
    ["Chief", "signed in", null, "127.0.0.1"],
    ["Chief", "opened", id, "127.0.0.1"],
    ["Chief", "judged", id, "127.0.0.1"],
    ["Chief", "annotated", id, "127.0.0.1"],
    ["Chief", "removed", id, "127.0.0.1"],
  ]);
  expect(await verifyAudit(join(data, "audit.jsonl"))).toMatchObject({ lines: 6, problem: null });
});

test("every route that the API describes has a rule of who may call it", () => {
  const { paths } = openApi() as { paths: Record<string, Record<string, unknown>> };
  for (const [path, methods] of Object.entries(paths)) {
    for (const method of Object.keys(methods).filter((name) => name !== "parameters")) {
      const url = `/api${path.replace(/\{(\w+)\}/g, ":$1")}`;
      expect([method, url, ruleOf(method.toUpperCase(), url)?.may]).toEqual([method, url, expect.anything()]);
    }
  }
});
