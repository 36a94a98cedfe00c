/**
 * What the reading room's tests share: a small chest, a model with random weights, a running server.
 */
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { zipSync } from "fflate";
import { initialWeights, presetDescription } from "../../src/model/index.ts";
import { writeModelFile } from "../../src/model/node/index.ts";
import { phantomStudy } from "../../src/phantom/index.ts";
import { type RunningService, type ServiceSettings, startService, usualLimits } from "../../src/service/index.ts";
import { type CtSlice, ctSeries } from "../../src/volume/dicom-write/index.ts";
import type { Volume } from "../../src/volume/index.ts";
import { page } from "../built-page.ts";

export const root = fileURLToPath(new URL("../..", import.meta.url));

export const temporaryFolder = (): Promise<string> => mkdtemp(join(tmpdir(), "embolens-room-"));

/** A chest of 128 x 128 x 60 or so with an embolus. */
export function smallChest(): Volume {
  return phantomStudy({ seed: 5, index: 0, positive: true, grid: { columns: 128, sliceSpacing: 5 } }).volume;
}

export const chestImages = (volume: Volume, name: string): CtSlice[] =>
  ctSeries(volume, {
    seed: 5,
    name,
    contrastAgent: "IOPROMIDE",
    patient: { id: name, name: `${name}^Test`, sex: "F", age: 60 },
  });

export const zipOf = (images: readonly CtSlice[]): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(zipSync(Object.fromEntries(images.map(({ fileName, bytes }) => [fileName, bytes])), { level: 0 }));

/** A two-stage model of the tiny preset; its answers mean nothing, but are the same everywhere. */
export async function randomModel(): Promise<string> {
  const path = join(await temporaryFolder(), "random.safetensors");
  const description = presetDescription("two-stage", "tiny", "random weights");
  await writeModelFile(path, { ...description, weights: initialWeights(description, 3) });
  return path;
}

export async function openRoom(model: string, change: Partial<ServiceSettings> = {}): Promise<RunningService> {
  return startService({
    data: await temporaryFolder(),
    host: "127.0.0.1",
    port: 0,
    token: undefined,
    model,
    device: "cpu",
    page,
    limits: usualLimits,
    ...change,
  });
}

export async function uploadStudy(address: string, name: string, zip: Uint8Array<ArrayBuffer>): Promise<void> {
  const body = new FormData();
  body.append("files", new Blob([zip]), `${name}.zip`);
  const response = await fetch(`${address}/api/studies`, { method: "POST", body });
  if (!response.ok) throw new Error(await response.text());
}

/** Waits until a condition holds, for so long that a failure tells which one never did. */
export async function until(condition: () => boolean | Promise<boolean>, seconds = 240): Promise<void> {
  const end = Date.now() + seconds * 1000;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`not within ${seconds} s: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** A room whose studies are read while they are still being diagnosed, for as long as the tests take. */
export const openUndiagnosedRoom = (): Promise<RunningService> =>
  openRoom("none", {
    diagnose: (_study, { signal }) =>
      new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
  });
