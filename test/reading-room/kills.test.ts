/**
 * The server is killed at random moments while it takes uploads, diagnoses, verdicts and annotations: whatever it had
 * answered is there after its restart, and nothing is half there. EMBOLENS_KILLS=50 kills more often.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { afterEach, expect, test } from "vitest";
import { Random } from "../../src/random.ts";
import { healthSchema, type Study, uploadResultSchema, worklistSchema } from "../../src/service/schema.ts";
import { dicomFiles, form, keptMask, put, spot } from "../service-room.ts";
import { chestImages, randomModel, root, smallChest, temporaryFolder, uploadStudy, zipOf } from "./room.ts";

const kills = Number(process.env.EMBOLENS_KILLS ?? 4);
const longestLife = 1500;
const started: ChildProcess[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill("SIGKILL");
});

async function startServer(data: string, model: string) {
  const options = ["--json", "--data", data, "--port", "0", "--device", "cpu", "--model", model];
  const child = spawn(process.execPath, ["--import", "tsx", "src/cli/main.ts", "serve", ...options], {
    cwd: root,
    stdio: ["ignore", "pipe", "ignore"],
  });
  started.push(child);
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  return { address: (JSON.parse(String(line)) as { address: string }).address, child };
}

/** What the server has answered so far, by study. */
interface Answered {
  readonly verdicts: string[];
  /** The slice of the mask that was answered last, and of the one that was sent since and may be there too. */
  slice: number | undefined;
  sent: number | undefined;
}

test(
  "a server killed at random moments during uploads, diagnoses, verdicts and annotations loses nothing that it answered",
  async () => {
    const [data, model, random] = [await temporaryFolder(), await randomModel(), new Random(7, "kills")];
    const answered = new Map<string, Answered>();
    let count = 0;
    const first = await startServer(data, model);
    await uploadStudy(first.address, "chest", zipOf(chestImages(smallChest(), "chest")));
    const [chest] = await studiesOf(first.address);
    let server = first;
    for (let kill = 0; kill < kills; kill++) {
      const { address, child } = server;
      let lives = true;
      /** Again and again until the server is gone; a call without an answer is one nothing is promised of. */
      const repeat = async (work: () => Promise<void>) => {
        while (lives) await work().catch(() => new Promise((resolve) => setTimeout(resolve, 20)));
      };
      const some = () => [...answered.keys()][random.integer(answered.size)]!;
      const working = [
        repeat(async () => {
          const body = form(dicomFiles(`study ${count++}`));
          const response = await fetch(`${address}/api/studies`, { method: "POST", body });
          const { studies } = uploadResultSchema.parse(await response.json());
          for (const { id } of studies) answered.set(id, { verdicts: [], slice: undefined, sent: undefined });
        }),
        repeat(async () => {
          const [id, note] = [some(), `verdict ${count++}`];
          const response = await fetch(`${address}/api/studies/${id}/verdicts`, {
            method: "POST",
            headers: { "content-type": "application/json" },
            body: JSON.stringify({ slab: null, verdict: "confirmed", reader: "R", note }),
          });
          await response.json();
          if (response.ok) answered.get(id)!.verdicts.push(note);
        }),
        repeat(async () => {
          const [id, slice] = [some(), random.integer(8)];
          const known = answered.get(id)!;
          known.sent = slice;
          const response = await put({ address } as Parameters<typeof put>[0], id, spot(slice), `${slice}`, "R", {
            ...((await studiesOf(address)).find((study) => study.id === id)?.annotated ? { "if-match": "*" } : {}),
          });
          await response.json();
          if (response.ok) known.slice = slice;
        }),
        repeat(async () => {
          await (await fetch(`${address}/api/studies/${chest!.id}/diagnosis`, { method: "POST" })).json();
          await new Promise((resolve) => setTimeout(resolve, 100));
        }),
      ];
      await new Promise((resolve) => setTimeout(resolve, 200 + random.uniform() * longestLife));
      child.kill("SIGKILL");
      await once(child, "exit");
      lives = false;
      await Promise.all(working);
      server = await startServer(data, model);
      await check(server.address, answered);
    }
    expect(answered.size).toBeGreaterThan(kills / 2);
    expect([...answered.values()].some(({ verdicts }) => verdicts.length > 0)).toBe(true);
    expect([...answered.values()].some(({ slice }) => slice !== undefined)).toBe(true);
  },
  60_000 + kills * 30_000,
);

async function studiesOf(address: string): Promise<Study[]> {
  return worklistSchema.parse(await (await fetch(`${address}/api/studies`)).json()).studies;
}

async function check(address: string, answered: ReadonlyMap<string, Answered>): Promise<void> {
  const health = healthSchema.parse(await (await fetch(`${address}/api/health`)).json());
  expect(health).toMatchObject({ status: "ok", problems: [] });
  const studies = new Map((await studiesOf(address)).map((study) => [study.id, study]));
  for (const [id, { verdicts, slice, sent }] of answered) {
    const study = studies.get(id);
    expect(study?.verdicts.map(({ note }) => note)).toEqual(expect.arrayContaining(verdicts));
    if (slice === undefined) continue;
    const mask = await keptMask({ address } as Parameters<typeof keptMask>[0], id);
    expect([String(spot(slice)), String(spot(sent ?? slice))]).toContain(String(mask));
    expect(study?.annotatedSlices).toEqual([mask.indexOf(1) >= 0 ? Math.floor(mask.indexOf(1) / (16 * 12)) : -1]);
  }
}
