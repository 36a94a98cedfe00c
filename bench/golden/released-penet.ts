/**
 * PENet as it was released, from a CT series to its probability: pre-processing and network together against OpenCV's and
 * PyTorch's (test/golden/make-penet-released.py), on a series and under weights given by formulas.
 */
import { loadDetector } from "../../src/diagnosis/index.ts";
import type { Runtime, TensorFile } from "../../src/graph/index.ts";
import {
  type LoadedModel,
  presetDescription,
  releasedPenetPreprocessing,
  weightShapes,
} from "../../src/model/index.ts";
import { networkPlane, patientPoint, resamplePlane, type Volume } from "../../src/volume/index.ts";
import { proceduralWeight } from "./comparators.ts";
import { type Comparison, compare, type GroupComparison } from "./compare.ts";
import { numbers } from "./file.ts";

const slices = 30;

/** HU of voxel i = round(150 + 400 (cos(.013 i) + .3 sin((.00071 i i) mod 2 pi))). */
function proceduralSeries(columns: number, rows: number, count: number): Volume {
  const voxels = Int16Array.from({ length: columns * rows * count }, (_, i) =>
    Math.floor(150 + 400 * (Math.cos(0.013 * i) + 0.3 * Math.sin((0.00071 * i * i) % (2 * Math.PI))) + 0.5),
  );
  const axes = [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ] as const;
  return {
    geometry: { size: [columns, rows, count], spacing: [0.7, 0.7, 1.25], origin: patientPoint(-180, -180, -20), axes },
    voxels,
    warnings: [],
  };
}

async function compareArea(file: TensorFile, name: string): Promise<Comparison> {
  const [, columns, rows, side, crop] = /^area\.(\d+)x(\d+)\.(\d+)\.(\d+)$/.exec(name)!.map(Number);
  const { geometry, voxels } = proceduralSeries(512, 512, 1);
  // The reference cuts its smaller images out of the corner of the first slice.
  const image = Float32Array.from(
    { length: columns! * rows! },
    (_, at) => voxels[(at % columns!) + 512 * Math.floor(at / columns!)]!,
  );
  const plane = networkPlane(
    { ...geometry, size: [columns!, rows!, 1] },
    { crop: crop!, pixelSpacing: null, fieldOfView: side! },
  );
  const expected = await numbers(file, name);
  return compare(name, resamplePlane(image, columns!, rows!, plane, -1000).subarray(0, expected.length), expected);
}

export async function compareReleasedPenet(file: TensorFile, runtime: Runtime): Promise<readonly GroupComparison[]> {
  const areas: Comparison[] = [];
  for (const name of file.entries.keys()) if (name.startsWith("area.")) areas.push(await compareArea(file, name));
  const description = {
    ...presetDescription("penet", "paper", "released"),
    preprocessing: releasedPenetPreprocessing,
  };
  const weights = new Map(
    [...weightShapes(description)].map(([name, shape], j) => [name, proceduralWeight(name, shape, j)]),
  );
  const model: LoadedModel = { ...description, weights, sha256: "" };
  const detector = await loadDetector(model, runtime);
  const volume = proceduralSeries(512, 512, slices);
  // Its windows run through the whole series, wherever lungs are.
  const { probability, sections } = await detector.judge({ volume, lungs: { range: { lower: 0, upper: 0 } } });
  await detector.release();
  const each = sections.filter((_, index) => index % (sections.length / 2) === 0);
  return [
    { group: "area averages", comparisons: areas },
    {
      group: "probabilities",
      // The network is given bytes: 3.9 HU a level.
      tolerance: 1e-3,
      comparisons: [
        compare("released.probabilities", each, await numbers(file, "released.probabilities")),
        compare("released.series", [probability], await numbers(file, "released.series")),
      ],
    },
  ];
}
