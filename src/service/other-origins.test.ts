import { request } from "node:http";
import { expect, test } from "vitest";
import { start } from "../../test/service-room.ts";

type Headers = Readonly<Record<string, string>>;

async function statusOf(address: string, method: string, headers: Headers): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const call = request(`${address}/api/studies/none`, { method, headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    call.on("error", reject);
    call.end();
  });
}

test("only a page of this very server, or no page at all, may change anything", async () => {
  const { address } = await start();
  const { host, port } = new URL(address);
  const foreign: Headers[] = [
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site" },
    { "sec-fetch-site": "cross-site", origin: address },
    { origin: "https://evil.example" },
    { origin: "null" },
    { origin: `http://127.0.0.1:${Number(port) + 1}` },
    { origin: `http://evil.example/${host}` },
    { origin: `http://${host}.evil.example` },
  ];
  for (const method of ["POST", "PUT", "PATCH", "DELETE"]) {
    for (const headers of foreign) expect([method, headers, await statusOf(address, method, headers)]).toContain(403);
  }
  for (const own of [{ "sec-fetch-site": "same-origin" }, { "sec-fetch-site": "none" }, { origin: address }, {}]) {
    expect([own, await statusOf(address, "DELETE", own)]).not.toContain(403);
  }
});
