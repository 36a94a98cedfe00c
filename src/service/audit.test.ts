import { appendFile, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { AuditLog, verifyAudit } from "./audit.ts";

const entry = (action: string) => ({ who: "Dr One", role: "reader", from: "::1", action, study: "s", request: "r" });

async function logOf(count: number): Promise<string> {
  const path = join(await mkdtemp(join(tmpdir(), "embolens-audit-")), "audit.jsonl");
  const log = await AuditLog.open(path);
  await Promise.all(Array.from({ length: count }, (_, index) => log.add(entry(`did ${index}`))));
  await log.close();
  return path;
}

test("lines added at once form one chain, which goes on after the log is opened again", async () => {
  const path = await logOf(20);
  const again = await AuditLog.open(path);
  const head = await again.add(entry("more"));
  await again.close();
  expect(await verifyAudit(path)).toEqual({ lines: 21, head, problem: null });
});

test("a line that is changed, taken out, put in or moved shows", async () => {
  const path = await logOf(8);
  const lines = (await readFile(path, "utf8")).trimEnd().split("\n");
  const place = fc.integer({ min: 0, max: lines.length - 2 });
  const change = fc.oneof(
    place.map((at) => lines.map((line, index) => (index === at ? line.replace("Dr One", "Dr Two") : line))),
    place.map((at) => lines.filter((_line, index) => index !== at)),
    place.map((at) => [...lines.slice(0, at), lines[at]!, ...lines.slice(at)]),
    place.map((at) => [...lines.slice(0, at), lines[at + 1]!, lines[at]!, ...lines.slice(at + 2)]),
    place.map((at) => lines.map((line, index) => (index === at ? "nonsense" : line))),
    place.map((at) => lines.map((line, index) => (index === at ? line.slice(0, 40) : line))),
  );
  await fc.assert(
    fc.asyncProperty(change, async (changed) => {
      await writeFile(path, `${changed.join("\n")}\n`);
      expect((await verifyAudit(path)).problem).not.toBeNull();
    }),
    { numRuns: 60 },
  );
});

test("a line that a killed server left half-written is said, and the chain goes on after it", async () => {
  const path = await logOf(3);
  const half = (await readFile(path, "utf8")).split("\n")[2]!.slice(0, 50);
  await appendFile(path, half);
  expect((await verifyAudit(path)).problem).toMatch(/half-written/);
  const log = await AuditLog.open(path);
  await log.close();
  expect(await verifyAudit(path)).toMatchObject({ lines: 4, problem: null });
});
