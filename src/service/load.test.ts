import { readdir } from "node:fs/promises";
import { request } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { zipSync } from "fflate";
import { expect, test, vi } from "vitest";
import { dicomFiles, form, send, start } from "../../test/service-room.ts";
import { usualLimits } from "./index.ts";

const incoming = (service: Awaited<ReturnType<typeof start>>) =>
  readdir(join(service.library.cohortPath, "..", "incoming"));

/** Opens an event stream and never reads from it. */
const deafStream = (address: string) =>
  new Promise<() => void>((resolve) => {
    const { port } = new URL(address);
    const socket = connect(Number(port), "127.0.0.1", () => {
      socket.pause();
      socket.write("GET /api/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
      setTimeout(() => resolve(() => socket.destroy()), 20);
    });
  });

test("event streams that nobody reads take no memory and do not slow down verdicts", async () => {
  const service = await start();
  const { result } = await send(service, dicomFiles("one"));
  const { id } = result.studies[0]!;
  const streams = await Promise.all(Array.from({ length: 100 }, () => deafStream(service.address)));
  const before = process.memoryUsage().rss;
  const from = performance.now();
  // Each event carries the note of 2000 characters of every verdict before it.
  const verdict = { slab: null, verdict: "confirmed", reader: "R", note: "n".repeat(2000) };
  for (let count = 0; count < 150; count++) {
    const response = await fetch(`${service.address}/api/studies/${id}/verdicts`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(verdict),
    });
    expect(response.status).toBe(200);
  }
  const milliseconds = (performance.now() - from) / 150;
  const megabytes = (process.memoryUsage().rss - before) / 2 ** 20;
  for (const close of streams) close();
  // 150 events of up to 310 KB for 100 clients are 2.3 GB.
  expect(megabytes).toBeLessThan(500);
  expect(milliseconds).toBeLessThan(200);
}, 60_000);

test("a body that comes a byte at a time is given up, and leaves no folder behind", async () => {
  const service = await start({ leastSpeed: { bytes: 100, milliseconds: 200 } });
  const answers = await Promise.all(
    Array.from(
      { length: 20 },
      () =>
        new Promise<number | undefined>((resolve) => {
          const call = request(`${service.address}/api/studies`, {
            method: "POST",
            headers: { "content-type": "multipart/form-data; boundary=x" },
          });
          call.write('--x\r\ncontent-disposition: form-data; name="files"; filename="a"\r\n\r\n');
          const drip = setInterval(() => call.write("a"), 50);
          call.on("response", (response) => {
            clearInterval(drip);
            resolve(response.statusCode);
          });
          call.on("error", () => {
            clearInterval(drip);
            resolve(408);
          });
        }),
    ),
  );
  expect(new Set(answers)).toEqual(new Set([408]));
  await vi.waitFor(async () => expect(await incoming(service)).toEqual([]));
});

test("more uploads at once than the server takes on are asked to come later", async () => {
  const service = await start({ limits: { ...usualLimits, atOnce: 2 } });
  const calls = [1, 2].map(() => {
    const call = request(`${service.address}/api/studies`, {
      method: "POST",
      headers: { "content-type": "multipart/form-data; boundary=x" },
    });
    call.on("error", () => {});
    call.write('--x\r\ncontent-disposition: form-data; name="files"; filename="a"\r\n\r\nabc');
    return call;
  });
  await vi.waitFor(async () => expect(await incoming(service)).toHaveLength(2));
  const third = await fetch(`${service.address}/api/studies`, { method: "POST", body: form(dicomFiles("one")) });
  expect([third.status, await third.json()]).toMatchObject([503, { error: { code: "too-busy" } }]);
  for (const call of calls) call.destroy();
  await vi.waitFor(async () => expect(await incoming(service)).toEqual([]));
  expect((await send(service, dicomFiles("one"))).status).toBe(202);
});

test("thirty uploads at once are all taken in", async () => {
  const service = await start();
  const sent = await Promise.all(Array.from({ length: 30 }, (_, index) => send(service, dicomFiles(`study ${index}`))));
  expect(sent.map(({ status }) => status)).toEqual(Array.from({ length: 30 }, () => 202));
  expect(service.library.list()).toHaveLength(30);
}, 60_000);

test.each([
  ["ends within a part", '--x\r\ncontent-disposition: form-data; name="files"; filename="a"\r\n\r\nabc'],
  ["ends within a part’s head", "--x\r\ncontent-disposition: form-"],
  ["has no part", "nothing of the kind"],
  ["is empty", ""],
  ["has a head of nonsense", "--x\r\n\u0000\u0001: \u0002\r\n\r\nabc\r\n--x--\r\n"],
])("a form that %s is refused as the sender’s mistake", async (_what, body) => {
  const service = await start();
  const response = await fetch(`${service.address}/api/studies`, {
    method: "POST",
    headers: { "content-type": "multipart/form-data; boundary=x" },
    body,
  });
  expect([400, 422]).toContain(response.status);
  expect(((await response.json()) as { error: { code: string } }).error.code).toMatch(/request-invalid|empty-input/);
  expect(await incoming(service)).toEqual([]);
});

test("a zip that unpacks to a hundred times what honest images do is refused before it is unpacked", async () => {
  const service = await start();
  const zeros = new Uint8Array(2 ** 20);
  const bomb = zipSync(Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`${index}.dcm`, zeros])));
  const words = new DataView(bomb.buffer);
  // Each entry of the directory claims 64 MB.
  for (let at = 0; at < bomb.length - 46; at++) {
    if (words.getUint32(at, true) === 0x02014b50) words.setUint32(at + 24, 2 ** 26, true);
  }
  const { status, result } = await send(service, { "bomb.zip": bomb, ...dicomFiles("one") });
  expect(status).toBe(202);
  expect(result.refused).toMatchObject([{ file: "bomb.zip", code: "archive-unsafe" }]);
}, 60_000);

test("an archive of more files than any study has is refused by name, and no other upload waits for it", async () => {
  const service = await start();
  const empty = new Uint8Array(1);
  const many = zipSync(Object.fromEntries(Array.from({ length: 60_000 }, (_, index) => [`${index}`, empty])), {
    level: 0,
  });
  const [bad, good] = await Promise.all([
    send(service, { "many.zip": many, ...dicomFiles("two") }),
    send(service, dicomFiles("one")),
  ]);
  expect(bad.result.refused).toMatchObject([{ file: "many.zip", code: "archive-unsafe" }]);
  expect(good.result.studies).toHaveLength(1);
}, 60_000);
