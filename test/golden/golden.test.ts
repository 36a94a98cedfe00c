import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { tolerance, worst } from "../../bench/golden/compare.ts";
import { compareWithReference } from "../../bench/golden/index.ts";
import { encodeSafetensors, type NamedTensor, openSafetensors } from "../../src/graph/index.ts";
import { createRuntime } from "../../src/graph/node/index.ts";
import { bytes } from "../../src/volume/index.ts";

const here = (name: string): string => new URL(name, import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), "golden-"));
afterAll(() => rmSync(folder, { recursive: true }));

const python = "/usr/bin/python3";
const hasTorch = (() => {
  try {
    execFileSync(python, ["-c", "import torch"], { stdio: "ignore" });
    return true;
  } catch {
    console.warn("PyTorch is not installed: reference files of other sizes are not made and not tested");
    return false;
  }
})();

describe("npm run golden", () => {
  it.skipIf(!hasTorch).each([
    ["stage-one", "width=6", "size=80", "batch=3", "lambda=0.5", "smooth=0.1"],
    ["stage-two", "batch=3", "steps=4", "channels=5", "size=9", "filters=3", "recurrent_activation=plain"],
  ])("holds %s files of other sizes, made on the spot by PyTorch", async (kind, ...sizes) => {
    const path = join(folder, `${kind}.safetensors`);
    execFileSync(python, [here("make-reference.py"), kind, path, ...sizes]);
    const runtime = await createRuntime({ device: "cpu" });
    const groups = await compareWithReference(await openSafetensors(bytes(path, readFileSync(path))), runtime);
    for (const { group, comparisons } of groups) {
      expect(worst(comparisons).error, `${group}: ${worst(comparisons).name}`).toBeLessThan(tolerance);
    }
  });

  it("PENet's released weights see a series as its own code showed it to them: its probability within 1e-3", async () => {
    const content = readFileSync(here("penet-released.safetensors"));
    const runtime = await createRuntime({ device: "cpu" });
    const groups = await compareWithReference(await openSafetensors(bytes("penet-released", content)), runtime);
    expect(groups.map(({ comparisons }) => comparisons.length)).toEqual([4, 2]);
    for (const { group, comparisons, tolerance: own = tolerance } of groups) {
      expect(worst(comparisons).error, `${group}: ${worst(comparisons).name}`).toBeLessThan(own);
    }
  });

  it("exits with 1 when a tensor is 2e-4 off, names it, and with 3 when a file is of no known kind", async () => {
    const file = await openSafetensors(bytes("stage-two", readFileSync(here("stage-two.safetensors"))));
    const tensors = await Promise.all(
      [...file.entries.keys()].map(async (name) => ({ name, ...(await file.read(name)) }) as NamedTensor),
    );
    const off = tensors.map((tensor) =>
      tensor.name === "grad.fc.weight"
        ? { ...tensor, values: (tensor.values as Float32Array).map((value) => value * (1 + 2e-4)) }
        : tensor,
    );
    const write = (name: string, list: readonly NamedTensor[]): string => {
      const path = join(folder, name);
      writeFileSync(path, Buffer.concat([...encodeSafetensors(list, Object.fromEntries(file.metadata))]));
      return path;
    };
    const run = (path: string) => spawnSync("node", ["--import", "tsx", "bench/golden.ts", path], { encoding: "utf8" });
    const far = run(write("far.safetensors", off));
    expect(far.stdout).toMatch(/gradients .*TOO FAR +grad\.fc\.weight/);
    expect(far.status).toBe(1);
    expect(run(write("other.safetensors", tensors.slice(0, 1))).status).toBe(3);
  });
});
