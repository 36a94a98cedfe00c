import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EmbolensError } from "../errors.ts";
import { encodeSafetensors, type NamedTensor, openSafetensors } from "../graph/index.ts";
import { createRuntime } from "../graph/node/index.ts";
import { bytes } from "../volume/index.ts";
import {
  cnn3dInference,
  initialWeights,
  type Model,
  type ModelDescription,
  type ModelOf,
  modelTensors,
  penetInference,
  presetDescription,
  readModel,
  requireKind,
  scanShape,
  stageOneInference,
  stagePrefixes,
  stageTwoInference,
  twoStagePresets,
  weightsUnder,
} from "./index.ts";
import { readModelFile, writeModelFile } from "./node/index.ts";

const tiny = twoStagePresets.tiny;
const kinds = ["stage-one", "two-stage", "penet", "cnn3d"] as const;
const descriptions: readonly ModelDescription[] = kinds.map((kind) => presetDescription(kind, "tiny", "test"));
const modelOf = (description: ModelDescription): Model => ({ ...description, weights: initialWeights(description, 7) });
const twoStage = modelOf(descriptions[1]!) as ModelOf<"two-stage">;

/** The file of a model after a change to its settings or its tensors. */
function changed(
  settings: (description: Record<string, unknown>) => unknown,
  change: (tensors: readonly NamedTensor[]) => readonly NamedTensor[] = (tensors) => tensors,
) {
  const { tensors, metadata } = modelTensors(twoStage);
  const described = settings(JSON.parse(metadata.embolens!));
  const text = typeof described === "string" ? described : JSON.stringify(described);
  return bytes("changed.safetensors", Buffer.concat([...encodeSafetensors(change(tensors), { embolens: text })]));
}

describe("a model file", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "model-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it.each(descriptions.map((description) => [description.kind, description] as const))(
    "of kind %s gives back settings, pre-processing and every weight",
    async (kind, description) => {
      const model = modelOf(description);
      const path = join(folder, `${kind}.safetensors`);
      await writeModelFile(path, model);
      const { sha256, ...back } = await readModelFile(path);
      expect(back).toEqual(model);
      expect(sha256).toMatch(/^[0-9a-f]{64}$/);
    },
  );

  it("is the same, byte for byte, when the same model is written again, also after reading it", async () => {
    const [first, second] = [join(folder, "first"), join(folder, "second")];
    await writeModelFile(first, twoStage);
    await writeModelFile(second, await readModelFile(first));
    expect((await readFile(second)).equals(await readFile(first))).toBe(true);
  });

  it("of the first version, as the demonstration model is, is read, and says of no training whom it has seen", async () => {
    const model = await readModelFile(new URL("../../models/demonstration.safetensors", import.meta.url).pathname);
    expect(model.training.map(({ seen }) => seen)).toEqual([null, null]);
    const path = join(folder, "rewritten");
    await writeModelFile(path, model);
    expect(await readModelFile(path)).toMatchObject({ format: 2, training: model.training });
  });

  it("names its tensors as torchvision does, each stage under its own prefix", async () => {
    const path = join(folder, "names");
    await writeModelFile(path, twoStage);
    const names = [...(await openSafetensors(bytes(path, await readFile(path)))).entries.keys()];
    expect(names).toContain("stage_one.layer2.0.downsample.1.running_var");
    expect(names).toContain("stage_two.units.1.descending.recurrent_kernel");
  });

  it.each([
    ["a later format", (d: object) => ({ ...d, format: 3, kind: "something-new" }), "model-version"],
    ["an unknown kind", (d: object) => ({ ...d, kind: "four-stage" }), "model-invalid"],
    [
      "a record of patients that ends inside one of them",
      (d: object) => ({
        ...d,
        training: [
          {
            ...{ program: "p", data: "d", studies: 1, positives: 0, seed: 1, settings: {}, metrics: {} },
            seen: { salt: "0".repeat(32), trained: "AAAAAAAAA", validated: "" },
          },
        ],
      }),
      "model-invalid",
    ],
    ["a setting nobody knows", (d: object) => ({ ...d, windowing: "twice" }), "model-invalid"],
    ["no pre-processing", (d: object) => ({ ...d, preprocessing: undefined }), "model-invalid"],
    [
      "a crop that is no multiple of the stride",
      (d: object) => ({ ...d, preprocessing: { ...tiny.preprocessing, crop: 60 } }),
      "model-invalid",
    ],
    [
      "more units than the map can be halved",
      (d: object) => ({ ...d, stageTwo: { ...tiny.stageTwo, units: 3 } }),
      "model-invalid",
    ],
    ["settings that are no JSON", () => "{", "model-invalid"],
    [
      "weights of another width",
      (d: object) => ({ ...d, stageOne: { ...tiny.stageOne, width: 8 } }),
      "tensor-mismatch",
    ],
    [
      "a head that has no weights",
      (d: object) => ({ ...d, stageOne: { ...tiny.stageOne, hiddenUnits: 4 } }),
      "tensor-missing",
    ],
  ])("with %s is refused", async (_, settings, code) => {
    await expect(readModel(changed(settings))).rejects.toMatchObject({ code, exitCode: 3 });
  });

  it("with a tensor too many, or one that is not finite, is refused", async () => {
    const same = (description: object) => description;
    const extra: NamedTensor = { name: "secret", type: "F32", shape: [1], values: Float32Array.of(1) };
    await expect(readModel(changed(same, (all) => [...all, extra]))).rejects.toMatchObject({
      code: "tensor-unexpected",
    });
    const broken = (all: readonly NamedTensor[]) =>
      all.map((tensor, at) =>
        at === 0 ? { ...tensor, values: new Float32Array(tensor.values.length).fill(Number.NaN) } : tensor,
      );
    await expect(readModel(changed(same, broken))).rejects.toMatchObject({ code: "model-invalid" });
  });

  it("without settings is refused, and the hint names the way to import weights", async () => {
    const plain = Buffer.concat([...encodeSafetensors(modelTensors(twoStage).tensors)]);
    await expect(readModel(bytes("plain", plain))).rejects.toMatchObject({
      code: "model-invalid",
      hint: expect.stringContaining("import-weights"),
    });
  });

  it("is not a PyTorch checkpoint, and the hint says how to make one of it", async () => {
    const checkpoint = await readFile(new URL("../../test/golden/checkpoint.pt", import.meta.url));
    await expect(readModel(bytes("checkpoint.pt", checkpoint))).rejects.toMatchObject({
      code: "model-invalid",
      hint: expect.stringContaining("import-weights"),
    });
  });

  it("ends in a model or in one of our errors, whatever bytes of it are changed or lost", async () => {
    const { tensors, metadata } = modelTensors(twoStage);
    const whole = Buffer.concat([...encodeSafetensors(tensors, metadata)]);
    const header = 8 + Number(whole.readBigUInt64LE(0));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(header), fc.nat(255)), { minLength: 1, maxLength: 3 }),
        fc.oneof({ weight: 5, arbitrary: fc.constant(whole.length) }, { weight: 1, arbitrary: fc.nat(whole.length) }),
        async (changes, kept) => {
          const mutated = new Uint8Array(whole.subarray(0, kept));
          for (const [at, value] of changes) if (at < mutated.length) mutated[at] = value;
          await readModel(bytes("mutated", mutated)).catch((error) => {
            expect(error).toBeInstanceOf(EmbolensError);
          });
        },
      ),
      { numRuns: 300 },
    );
  });

  it("of the wrong kind is refused where another is needed", () => {
    expect(() => requireKind(twoStage, "penet", "cnn3d")).toThrow(/two-stage model where penet or cnn3d is needed/);
  });
});

describe("inference", () => {
  const runtimeReady = createRuntime({ device: "cpu", threads: 2 });
  const pixels = (count: number, size: number) =>
    Uint8ClampedArray.from({ length: count * size }, (_, at) => (at * 97) % 256);

  it("gives each slab the same result whatever batch it is in, and the same with a stage I on its own", async () => {
    const runtime = await runtimeReady;
    const slabs = pixels(5, 5 * 64 * 64);
    const single = await stageOneInference(twoStage, runtime);
    const batched = await stageOneInference(twoStage, runtime, 3);
    const alone = await stageOneInference(
      {
        ...(descriptions[0] as Extract<ModelDescription, { kind: "stage-one" }>),
        weights: weightsUnder(twoStage.weights, stagePrefixes.one),
      },
      runtime,
    );
    const seen: number[] = [];
    const expected = await single.run(slabs, { onProgress: ({ done }) => seen.push(done) });
    expect(seen).toEqual([1, 2, 3, 4, 5]);
    expect(expected.attention.length).toBe(5 * single.grid ** 2);
    expect(expected.features.length).toBe(5 * single.channels * single.grid ** 2);
    for (const inference of [batched, alone]) {
      const result = await inference.run(slabs);
      for (const name of ["probabilities", "attention", "features"] as const) {
        result[name].forEach((value, at) => {
          if (Math.abs(value - expected[name][at]!) > 1e-4)
            throw new Error(`${name}[${at}]: ${value}, ${expected[name][at]}`);
        });
      }
    }
    await Promise.all([single, batched, alone].map((inference) => inference.release()));
  });

  it("turns the features of a study's slabs into one probability", async () => {
    const runtime = await runtimeReady;
    const [one, two] = [await stageOneInference(twoStage, runtime), await stageTwoInference(twoStage, runtime)];
    const { features } = await one.run(pixels(8, 5 * 64 * 64));
    const probability = await two.run(features);
    expect(probability).toBeGreaterThan(0);
    expect(probability).toBeLessThan(1);
    await Promise.all([one.release(), two.release()]);
  });

  it("gives the peers' probabilities with a class-activation map between 0 and 1", async () => {
    const runtime = await runtimeReady;
    const penet = await penetInference(modelOf(descriptions[2]!) as ModelOf<"penet">, runtime);
    const windows = await penet.run(pixels(2, penet.slices * 32 * 32));
    expect(windows.probabilities.length).toBe(2);
    const cnn3d = await cnn3dInference(modelOf(descriptions[3]!) as ModelOf<"cnn3d">, runtime);
    const scan = await cnn3d.run(
      pixels(
        1,
        scanShape(descriptions[3]!).reduce((a, b) => a * b),
      ),
    );
    for (const [map, shape, count] of [
      [windows.attention, penet.attentionShape, 2],
      [scan.attention, cnn3d.attentionShape, 1],
    ] as const) {
      expect(map.length).toBe(count * shape.reduce((a, b) => a * b));
      expect(Math.min(...map)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...map)).toBeLessThanOrEqual(1);
    }
    await Promise.all([penet.release(), cnn3d.release()]);
  });

  it("refuses slabs of another size and stops when told to", async () => {
    const stage = await stageOneInference(twoStage, await runtimeReady);
    await expect(stage.run(pixels(1, 5 * 48 * 48))).rejects.toMatchObject({ code: "shape-mismatch" });
    const controller = new AbortController();
    controller.abort(new Error("stop"));
    await expect(stage.run(pixels(1, 5 * 64 * 64), { signal: controller.signal })).rejects.toThrow("stop");
    await stage.release();
  });
});
