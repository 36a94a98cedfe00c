import { request } from "node:http";
import { expect, test } from "vitest";
import { start } from "../../test/service-room.ts";

test("a page of another origin can't change anything, and a foreign host name gets nothing", async () => {
  const { address } = await start();
  const status = (options: { method: string; headers: Record<string, string> }) =>
    new Promise((resolve, reject) => {
      const call = request(`${address}/api/studies`, options, (response) => resolve(response.statusCode));
      call.on("error", reject);
      call.end();
    });
  expect(await status({ method: "POST", headers: { origin: "https://evil.example" } })).toBe(403);
  expect(await status({ method: "POST", headers: { "sec-fetch-site": "cross-site" } })).toBe(403);
  expect(await status({ method: "GET", headers: { host: "evil.example" } })).toBe(403);
});

test("with a token, calls without it are refused; without one, only loopback can be listened on", async () => {
  const { address } = await start({ token: "a-token-of-some-length" });
  expect((await fetch(`${address}/api/studies`)).status).toBe(401);
  expect(
    (await fetch(`${address}/api/studies`, { headers: { authorization: "Bearer a-token-of-some-length" } })).status,
  ).toBe(200);
  // In an address it would stand in histories and logs.
  expect((await fetch(`${address}/api/studies?token=a-token-of-some-length`)).status).toBe(401);
  expect(
    (await fetch(`${address}/api/studies`, { headers: { authorization: "bearer a-token-of-some-length" } })).status,
  ).toBe(200);
  await expect(start({ host: "0.0.0.0" })).rejects.toThrow(/opens the reading room/);
});

test("the token is asked for however the path is spelled", async () => {
  const { address } = await start({ token: "a-token-of-some-length" });
  const status = (path: string) =>
    new Promise((resolve, reject) => {
      const call = request({ host: "127.0.0.1", port: new URL(address).port, path }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      call.on("error", reject);
      call.end();
    });
  for (const path of ["/api/studies", "/%61pi/studies", "/ap%69/studies", "/api/studies/", `${address}/api/studies`]) {
    expect([path, await status(path)]).toEqual([path, 401]);
  }
});

test("a name that begins like a loopback address is a foreign name", async () => {
  const { address } = await start();
  const { port } = new URL(address);
  const status = (host: string) =>
    new Promise((resolve, reject) => {
      const call = request({ host: "127.0.0.1", port, path: "/api/studies", headers: { host } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      call.on("error", reject);
      call.end();
    });
  expect(await status(`127.evil.example:${port}`)).toBe(403);
  expect(await status(`127.0.0.1.evil.example:${port}`)).toBe(403);
  for (const own of ["localhost", "127.0.0.1", "127.8.7.6", "[::1]"]) expect(await status(`${own}:${port}`)).toBe(200);
  await expect(start({ host: "127.evil.example" })).rejects.toThrow(/opens the reading room/);
});

test("a server behind a proxy answers to its public name, and to changes from its pages", async () => {
  const { address } = await start({ token: "a-token-of-some-length", publicUrl: "https://ct.example.org" });
  const status = (method: string, headers: Record<string, string>) =>
    new Promise((resolve, reject) => {
      const authorization = "Bearer a-token-of-some-length";
      const call = request(`${address}/api/session`, { method, headers: { ...headers, authorization } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      call.on("error", reject);
      call.end();
    });
  expect(await status("GET", { host: "ct.example.org" })).toBe(200);
  expect(await status("GET", { host: "ct.example.org.evil.example" })).toBe(403);
  expect(await status("DELETE", { host: "ct.example.org", origin: "https://ct.example.org" })).toBe(204);
  expect(await status("DELETE", { host: "ct.example.org", origin: "https://evil.example" })).toBe(403);
  await expect(start({ publicUrl: "https://ct.example.org" })).rejects.toThrow(/opens the reading room/);
});
