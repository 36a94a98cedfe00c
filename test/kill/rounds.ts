/**
 * kill -9 at random moments, again and again, until the work has been finished and killed often enough.
 *
 *     const { kills, completions } = await killRounds({ work: "train", from: store, out, kills: 20, seed: 1, check });
 *
 * After every kill `check` looks at what lies on the disk; after every completion the result must be the reference's.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { PreparedStore, storeHash } from "../../src/cohort/index.ts";
import { openTensorFile } from "../../src/graph/files/index.ts";
import { readModel } from "../../src/model/index.ts";
import { Random } from "../../src/random.ts";
import { bytes } from "../../src/volume/index.ts";

export type Work = "prepare" | "train" | "diagnose";

const target = fileURLToPath(new URL("./target.ts", import.meta.url));

/** Its own process group, so that its workers are killed with it. */
function start(work: Work, from: string, out: string): ChildProcess {
  return spawn(process.execPath, ["--import", "tsx", target, work, from, out], { detached: true, stdio: "ignore" });
}

/** Runs the work to its end. @returns seconds */
export async function runThrough(work: Work, from: string, out: string): Promise<number> {
  const started = Date.now();
  const code = await new Promise((resolve) => start(work, from, out).once("exit", resolve));
  if (code !== 0) throw new Error(`${work} ended with ${code}`);
  return (Date.now() - started) / 1000;
}

export interface KillRounds {
  readonly work: Work;
  readonly from: string;
  readonly out: string;
  readonly kills: number;
  readonly seed: number;
  /** How long the work takes when nobody kills it. */
  readonly seconds: number;
  /** {@link resultOf} the work when nobody killed it. */
  readonly expected: string;
  /** Called after each kill with its number and the second it came at. */
  readonly onKill?: (kill: number, second: number) => void;
}

/** @throws Error where a file cannot be read after a kill, or the result differs */
export async function killRounds(rounds: KillRounds): Promise<{ kills: number; completions: number }> {
  const { work, from, out, seed, seconds, expected } = rounds;
  const random = new Random(seed, "kill", work);
  let kills = 0;
  let completions = 0;
  while (kills < rounds.kills || completions === 0) {
    const child = start(work, from, out);
    const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
    const second = random.uniform(0.1, 0.9) * seconds;
    const timer =
      kills < rounds.kills ? setTimeout(() => process.kill(-child.pid!, "SIGKILL"), second * 1000) : undefined;
    const code = await ended;
    clearTimeout(timer);
    if (code === null) {
      kills++;
      rounds.onKill?.(kills, second);
      await checkReadable(work, out);
      continue;
    }
    if (code !== 0) throw new Error(`${work} ended with ${code} after ${kills} kills`);
    const result = await resultOf(work, out);
    if (result !== expected) throw new Error(`${work} gave another result after ${kills} kills`);
    completions++;
    if (kills < rounds.kills) await rm(out, { recursive: true });
  }
  return { kills, completions };
}

/** Reads everything that lies there under its final name. */
async function checkReadable(work: Work, out: string): Promise<void> {
  if (work === "prepare") {
    if (!existsSync(join(out, "zarr.json"))) return;
    const store = await PreparedStore.open(out);
    for (const { id, scan, stageOne, annotated } of await store.studies()) {
      await store.scanSlices(id, 0, scan.size[2]);
      await store.stageOneSlices(id, 0, stageOne.size[2]);
      for (const { outline } of annotated) if (outline !== null) await store.outline(id, outline);
    }
    return;
  }
  if (work === "diagnose") {
    await diagnosisContent(out);
    return;
  }
  const file = (name: string) => join(out, name);
  if (existsSync(file("settings.json"))) JSON.parse(await readFile(file("settings.json"), "utf8"));
  if (existsSync(file("model.safetensors"))) await readModel(bytes("model", await readFile(file("model.safetensors"))));
  if (existsSync(file("metrics.jsonl"))) {
    for (const line of (await readFile(file("metrics.jsonl"), "utf8")).trim().split("\n")) JSON.parse(line);
  }
  if (existsSync(file("checkpoint.safetensors"))) {
    const checkpoint = await openTensorFile(bytes("checkpoint", await readFile(file("checkpoint.safetensors"))));
    for (const name of checkpoint.entries.keys()) await checkpoint.read(name);
    JSON.parse(checkpoint.metadata.get("position") ?? "");
  }
}

/** Every finished file of the diagnoses there, opened, but for how long they took. */
async function diagnosisContent(out: string): Promise<string> {
  const names = existsSync(out) ? (await readdir(out, { recursive: true })).sort() : [];
  const content: string[] = [];
  for (const name of names.filter((name) => /\.(json|gz|png)$/.test(name))) {
    const file = await readFile(join(out, name));
    if (name.endsWith(".json")) content.push(name, JSON.stringify({ ...JSON.parse(file.toString()), seconds: null }));
    else content.push(name, (name.endsWith(".gz") ? gunzipSync(file) : file).toString("base64"));
  }
  return content.join("\n");
}

/**
 * What must be the same however often the work was killed: the store's content; the model and the last weights; the
 * diagnoses.
 */
export async function resultOf(work: Work, out: string): Promise<string> {
  if (work === "prepare") {
    const store = await PreparedStore.open(out);
    return storeHash(store.preprocessing, await store.studies());
  }
  if (work === "diagnose")
    return createHash("sha256")
      .update(await diagnosisContent(out))
      .digest("hex");
  const checkpoint = await readFile(join(out, "checkpoint.safetensors"));
  // The header tells how long epochs took; the numbers follow it.
  const numbers = checkpoint.subarray(8 + Number(checkpoint.readBigUInt64LE(0)));
  const model = await readFile(join(out, "model.safetensors"));
  return createHash("sha256").update(numbers).update(model).digest("hex");
}
