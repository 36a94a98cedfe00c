import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeChest } from "../../test/chest.ts";
import { enhancedCt } from "../../test/volume/enhanced-ct.ts";
import { type Detector, diagnose, loadDetector, openChestCt, windowStarts } from "../diagnosis/index.ts";
import type { Runtime } from "../graph/index.ts";
import { createRuntime } from "../graph/node/index.ts";
import {
  cnn3dPresets,
  halfOperatingPoint,
  initialWeights,
  type LoadedModel,
  modelDescriptionSchema,
  modelFormat,
  penetPresets,
  researchNotice,
  twoStagePresets,
} from "../model/index.ts";
import { ctSeries, type WritableDataset } from "../volume/dicom-write/index.ts";
import { bytes, encodeNifti, inlineDecoder, readImageFile, toVoxel } from "../volume/index.ts";
import { nodeCodecModules, nodeDecoder } from "../volume/node/index.ts";
import { diagnoseStudies, type StudyOutcome } from "./diagnose-studies.ts";
import { isDiagnosed, writeDiagnosis } from "./diagnosis-files.ts";
import { chooseSlabs } from "./key-images.ts";

const common = {
  format: modelFormat,
  name: "random weights",
  preset: "tiny",
  operatingPoints: [halfOperatingPoint],
  training: [],
  notice: researchNotice,
} as const;

const random = (described: unknown): LoadedModel => {
  const description = modelDescriptionSchema.parse(described);
  return {
    ...description,
    weights: initialWeights(description, 3),
    sha256: "0".repeat(64),
  };
};

const models: Readonly<Record<"two-stage" | "penet" | "cnn3d", LoadedModel>> = {
  "two-stage": random({ kind: "two-stage", ...common, ...twoStagePresets.tiny }),
  penet: random({ kind: "penet", ...common, ...penetPresets.tiny }),
  cnn3d: random({ kind: "cnn3d", ...common, ...cnn3dPresets.tiny }),
};

const folder = mkdtempSync(join(tmpdir(), "embolens-diagnose-"));

/** A chest as DICOM files in a folder. */
function writeSeries(name: string, variant: Parameters<typeof makeChest>[0]): string {
  const place = join(folder, name);
  mkdirSync(place, { recursive: true });
  for (const slice of ctSeries(makeChest(variant), { seed: 1, name })) {
    writeFileSync(join(place, slice.fileName), slice.bytes);
  }
  return place;
}

const coarse = { spacing: [4, 4, 5], size: [96, 96, 58] } as const;
let runtime: Runtime;
let detector: Detector;
let enhanced: string;
let plain: string;
let empty: string;

beforeAll(async () => {
  runtime = await createRuntime({ device: "cpu", threads: 2 });
  detector = await loadDetector(models["two-stage"], runtime);
  enhanced = writeSeries("enhanced", { ...coarse, blood: 350 });
  plain = writeSeries("plain", { ...coarse, blood: 40 });
  empty = writeSeries("empty", { ...coarse, start: 300, size: [96, 96, 12] });
});

afterAll(() => detector.release());

async function outcomes(paths: readonly string[], out?: string): Promise<StudyOutcome[]> {
  const decoder = nodeDecoder();
  const all: StudyOutcome[] = [];
  for await (const outcome of diagnoseStudies(paths, { detector, decoder, out })) all.push(outcome);
  await decoder.close();
  return all;
}

describe("a diagnosis", () => {
  it.each(["two-stage", "penet", "cnn3d"] as const)("comes out of a %s model with the same document", async (kind) => {
    const own = await loadDetector(models[kind], runtime);
    const sources = readdirSync(enhanced).map((name) => bytes(name, readFileSync(join(enhanced, name))));
    const chest = await openChestCt(sources, { decoder: inlineDecoder(nodeCodecModules) });
    const { document, attention } = await diagnose(chest, own);
    await own.release();
    expect(document.probability).toBeGreaterThan(0);
    expect(document.probability).toBeLessThan(1);
    expect(document.decision).toBe(document.probability >= 0.5 ? "positive" : "negative");
    expect(document.warnings).toEqual([]);
    expect(document.notice).toContain("Research use");
    expect(document.slabs.length).toBeGreaterThan(0);
    expect(attention.geometry).toEqual(chest.volume.geometry);
    const [lower, upper] = document.lungRangeMillimetres;
    document.slabs.forEach((slab, index) => {
      expect(slab.index).toBe(index);
      expect(slab.zMillimetres).toBeGreaterThanOrEqual(lower - 1e-3);
      expect(slab.zMillimetres).toBeLessThanOrEqual(upper + 1e-3);
      if (!slab.attentionPeakMillimetres) return;
      expect(slab.attentionPeakMillimetres[2]).toBeCloseTo(slab.zMillimetres, 2);
    });
    if (kind !== "two-stage") return;
    expect(document.slabs.length).toBe(8);
    expect(Object.keys(document.seconds).sort()).toEqual(
      ["attention", "lungs", "reading", "slabs", "stageOne", "stageTwo", "total"].sort(),
    );
  });

  it("gives the same probability for the same study stored the right way round or upside down, files in any order", async () => {
    const volume = makeChest({ ...coarse, blood: 350 });
    const [columns, rows, slices] = volume.geometry.size;
    const { origin, spacing, axes } = volume.geometry;
    const turned = new Int16Array(volume.voxels.length);
    for (let slice = 0; slice < slices; slice++) {
      for (let row = 0; row < rows; row++) {
        const from = columns * (row + rows * slice);
        const line = volume.voxels.subarray(from, from + columns);
        turned.set(line.slice().reverse(), columns * (rows - 1 - row + rows * slice));
      }
    }
    const upsideDown = {
      ...volume,
      voxels: turned,
      geometry: {
        ...volume.geometry,
        origin: [
          origin[0] + (columns - 1) * spacing[0],
          origin[1] + (rows - 1) * spacing[1],
          origin[2],
        ] as unknown as typeof origin,
        axes: [[-1, 0, 0], [0, -1, 0], axes[2]] as const,
      },
    };
    const probabilities: number[] = [];
    for (const stored of [volume, upsideDown]) {
      const sources = ctSeries(stored, { seed: 1, name: "turned" })
        .map((slice) => bytes(slice.fileName, Uint8Array.from(slice.bytes)))
        .reverse();
      const chest = await openChestCt(sources, { decoder: inlineDecoder(nodeCodecModules) });
      probabilities.push((await diagnose(chest, detector)).document.probability);
    }
    expect(probabilities[1]).toBeCloseTo(probabilities[0]!, 6);
  });

  it("covers a scan with windows that end where it ends", () => {
    expect(windowStarts(48, 24)).toEqual([0, 24]);
    expect(windowStarts(50, 24)).toEqual([0, 24, 26]);
    expect(windowStarts(24, 24)).toEqual([0]);
    expect(windowStarts(10, 24)).toEqual([0]);
  });
});

describe("diagnosing studies", () => {
  it("writes diagnosis, attention on the CT's grid and key images, and keeps them the next time", async () => {
    const out = join(folder, "one");
    const [outcome] = await outcomes([enhanced], out);
    if (outcome?.state !== "diagnosed") throw new Error(`it was ${outcome?.state}`);
    expect(readdirSync(out).sort()).toEqual([
      "attention.nii.gz",
      "diagnosis.json",
      "key-1.png",
      "key-2.png",
      "key-3.png",
    ]);
    expect(JSON.parse(readFileSync(join(out, "diagnosis.json"), "utf8"))).toEqual(outcome.document);
    const attention = await readImageFile(bytes("attention", readFileSync(join(out, "attention.nii.gz"))));
    expect(attention.geometry.size).toEqual([96, 96, 58]);
    // At the brightest slab's peak the volume on disk holds that slab's probability.
    const [brightest] = [...outcome.document.slabs]
      .filter(({ attentionPeakMillimetres }) => attentionPeakMillimetres !== null)
      .sort((a, b) => b.probability - a.probability);
    if (brightest) {
      const at = toVoxel(attention.geometry, brightest.attentionPeakMillimetres as never).map(Math.round);
      const value = attention.voxels[at[0]! + 96 * (at[1]! + 96 * at[2]!)]!;
      expect(value).toBeGreaterThan(0.5 * brightest.probability);
      expect(value).toBeLessThan(1.1 * brightest.probability + 0.01);
    }
    const { width, height } = await sharp(join(out, "key-1.png")).metadata();
    expect([width, height]).toEqual([1136, 584]);
    const [again] = await outcomes([enhanced], out);
    expect(again?.state).toBe("kept");
    const { studyInstanceUID, images } = outcome.document;
    const wanted = { studyInstanceUID, model: "0".repeat(64), images, dicom: false };
    expect(await isDiagnosed(out, wanted)).toBe(true);
    expect(await isDiagnosed(out, { ...wanted, studyInstanceUID: "another study" })).toBe(false);
    expect(await isDiagnosed(out, { ...wanted, model: "1".repeat(64) })).toBe(false);
  });

  it("judges a study again that has got further images", async () => {
    const out = join(folder, "late-result");
    const late = join(folder, "late");
    mkdirSync(late);
    const names = readdirSync(enhanced).sort();
    for (const name of names.slice(0, -2)) writeFileSync(join(late, name), readFileSync(join(enhanced, name)));
    const state = async () => (await outcomes([late], out))[0]?.state;
    expect([await state(), await state()]).toEqual(["diagnosed", "kept"]);
    for (const name of names.slice(-2)) writeFileSync(join(late, name), readFileSync(join(enhanced, name)));
    expect([await state(), await state()]).toEqual(["diagnosed", "kept"]);
  });

  it("writes the plain results and warns where DICOM objects were asked for and the CT cannot carry them", async () => {
    const { geometry, voxels } = makeChest({ ...coarse, blood: 350 });
    const file = join(folder, "chest.nii");
    writeFileSync(file, encodeNifti({ geometry, voxels, description: "ct" }));
    const out = join(folder, "nifti-result");
    const decoder = nodeDecoder();
    const all: StudyOutcome[] = [];
    for await (const outcome of diagnoseStudies([file], { detector, decoder, out, dicom: true })) all.push(outcome);
    await decoder.close();
    if (all[0]?.state !== "diagnosed") throw new Error(`it was ${JSON.stringify(all)}`);
    expect(all[0].document.warnings.map(({ code }) => code)).toContain("segmentation-source-missing");
    expect(readdirSync(out)).toContain("diagnosis.json");
    expect(readdirSync(out)).not.toContain("report.dcm");
  });

  it("writes all DICOM objects for a CT whose slices are the frames of multi-frame objects", async () => {
    const place = join(folder, "multi-frame");
    mkdirSync(place);
    const parts = enhancedCt(makeChest({ ...coarse, blood: 350 }), { seed: 1, name: "multi-frame", parts: 2 });
    for (const part of parts) writeFileSync(join(place, part.name), await part.read());
    const out = join(folder, "multi-frame-result");
    const decoder = nodeDecoder();
    const all: StudyOutcome[] = [];
    // Judged before without objects, it is judged again for them, and then kept.
    for (const dicom of [false, true, true]) {
      for await (const outcome of diagnoseStudies([place], { detector, decoder, out, dicom })) all.push(outcome);
    }
    await decoder.close();
    expect(all.map(({ state }) => state)).toEqual(["diagnosed", "diagnosed", "kept"]);
    expect(all.map((outcome) => outcome.state === "diagnosed" && outcome.document.warnings)).toEqual([[], [], false]);
    expect(readdirSync(out).filter((name) => name.endsWith(".dcm"))).toEqual([
      "attention.dcm",
      "key-1.dcm",
      "key-2.dcm",
      "key-3.dcm",
      "report.dcm",
    ]);
  });

  it("keeps the diagnosis of a CT that can carry no DICOM objects also where they are asked for", async () => {
    const place = join(folder, "same-identifiers");
    mkdirSync(place);
    const name = { seed: 1, name: "same identifiers" };
    const adjust = (dataset: WritableDataset) => dataset.set(0x00080018, { vr: "UI", value: "1.2.3" });
    for (const slice of ctSeries(makeChest({ ...coarse, blood: 350 }), { ...name, adjust })) {
      writeFileSync(join(place, slice.fileName), slice.bytes);
    }
    const out = join(folder, "same-identifiers-result");
    const decoder = nodeDecoder();
    const all: StudyOutcome[] = [];
    for (const dicom of [true, true]) {
      for await (const outcome of diagnoseStudies([place], { detector, decoder, out, dicom })) all.push(outcome);
    }
    await decoder.close();
    if (all[0]?.state !== "diagnosed") throw new Error(`it was ${JSON.stringify(all)}`);
    expect(all[0].document.warnings.map(({ code }) => code)).toEqual(["segmentation-source-mixed"]);
    expect(readdirSync(out)).not.toContain("report.dcm");
    expect(all[1]?.state).toBe("kept");
  });

  it("judges the others when one is refused, and warns where contrast is missing", async () => {
    const out = join(folder, "several");
    const [first, second, third] = await outcomes([plain, empty, enhanced], out);
    expect([first?.state, second?.state, third?.state]).toEqual(["diagnosed", "refused", "diagnosed"]);
    if (first?.state === "diagnosed") {
      expect(first.document.warnings.map(({ code }) => code)).toEqual(["contrast-missing"]);
    }
    if (second?.state === "refused") expect(second.code).toBe("lungs-not-found");
    expect(readdirSync(out)).toHaveLength(2);
  });

  it("tells studies in one folder apart", async () => {
    const both = join(folder, "both");
    mkdirSync(both);
    for (const place of [enhanced, plain]) {
      for (const name of readdirSync(place)) {
        writeFileSync(join(both, `${place.split("/").at(-1)}-${name}`), readFileSync(join(place, name)));
      }
    }
    const all = await outcomes([both]);
    expect(all.map(({ state }) => state)).toEqual(["diagnosed", "diagnosed"]);
    expect(new Set(all.map(({ study }) => study)).size).toBe(2);
  });

  it("leaves no diagnosis.json behind that belongs to files which are gone", async () => {
    const sources = readdirSync(enhanced).map((name) => bytes(name, readFileSync(join(enhanced, name))));
    const chest = await openChestCt(sources, { decoder: inlineDecoder(nodeCodecModules) });
    const diagnosis = await diagnose(chest, detector);
    const out = join(folder, "again");
    await writeDiagnosis(out, chest.volume, diagnosis);
    writeFileSync(join(out, "key-9.png"), "stale");
    writeFileSync(join(out, "notes.txt"), "mine");
    await writeDiagnosis(out, chest.volume, diagnosis);
    expect(readdirSync(out)).not.toContain("key-9.png");
    expect(readdirSync(out)).toContain("notes.txt");
  });
});

describe("key images", () => {
  it("show the most probable slabs that lie apart from each other", () => {
    const slab = (index: number, probability: number) => ({
      index,
      probability,
      zMillimetres: index * 5,
      attentionPeakMillimetres: null,
    });
    const chosen = chooseSlabs([slab(0, 0.2), slab(1, 0.9), slab(2, 0.95), slab(3, 0.8), slab(9, 0.5)], 3);
    expect(chosen.map(({ index }) => index)).toEqual([2, 9]);
  });
});
