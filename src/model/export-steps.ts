/**
 * How grey levels for an exported graph are made, in words and numbers that leave nothing open.
 *
 *     preprocessingSteps(model);      // ["1. HU of every pixel by its slice's own slope and intercept, …", …]
 *
 * They go into the graph's metadata as "steps"; docs/examples/onnx_reference.py does them in Python. The numbers are in
 * the metadata's "embolens" under the names that are in backquotes here.
 */
import { airHu, type Preprocessing } from "../volume/index.ts";
import type { ModelDescription } from "./model.ts";

function inPlane({ crop, pixelSpacing, fieldOfView }: Preprocessing): string {
  if (fieldOfView !== undefined) {
    return (
      `each slice is reduced to ${fieldOfView} x ${fieldOfView} pixels (\`fieldOfView\`) by area averages, as OpenCV's INTER_AREA: every ` +
      `pixel by the share of it that an output pixel covers; of that the centre ${crop} x ${crop} (\`crop\`), from pixel ` +
      `${Math.floor((fieldOfView - crop) / 2)} on`
    );
  }
  if (pixelSpacing === null) {
    return (
      `the centre ${crop} x ${crop} pixels (\`crop\`) of each slice as they were scanned, from pixel floor((count - ${crop}) / 2) on ` +
      `in each direction; beyond the image ${airHu} HU`
    );
  }
  return (
    `${crop} x ${crop} pixels (\`crop\`) of ${pixelSpacing} mm (\`pixelSpacing\`) around the image's centre: with r = ${pixelSpacing} / ` +
    `spacing, output pixel i lies at input pixel (count - 1) / 2 + (i - ${(crop - 1) / 2}) r, and takes the inputs within ` +
    `h = max(1, r) by the weight 1 - distance / h, divided by the sum of these weights inside and outside of the image; ` +
    `outside counts as ${airHu} HU. Columns and rows one after the other`
  );
}

function slices(model: ModelDescription): string {
  const { preprocessing } = model;
  const { slabSlices, sliceSpacing, scanSlices, scanStride } = preprocessing;
  const linear = "A slice between two of the series is blended linearly, beyond its ends the end slice is repeated";
  switch (model.kind) {
    case "penet": {
      const count = model.penet.slices;
      return preprocessing.slices === "native"
        ? `every slice of the series as it was scanned, from the feet on, in windows of ${count} end to end; the last is filled up with level 0`
        : `slices every ${sliceSpacing} mm from the lungs' lower end to their upper one, at least ${count}, in windows of ${count} end to ` +
            `end, the last one ending with the last slice. ${linear}`;
    }
    case "stage-one":
      return `slabs of ${slabSlices} slices ${sliceSpacing} mm apart. ${linear}`;
    case "two-stage":
    case "cnn3d":
      return (
        `the lungs' range, from its lower end l to its upper end u in mm along the slice normal, as ${scanSlices} slices (\`scanSlices\`) ` +
        `s = (u - l) / ${scanSlices - 1} apart. Slab k has its centre at l + (f + ${scanStride} k) s (\`scanStride\`), f = ` +
        `${Math.min(Math.floor(scanStride / 2), Math.floor((scanSlices - 1) / 2))}, and slice j of its ${slabSlices} at the centre + (j - ${(slabSlices - 1) / 2}) s. ${linear}; ` +
        "within 0.001 mm of a slice of the series that slice is taken"
      );
  }
}

/** One sentence a step, in order. */
export function preprocessingSteps(model: ModelDescription): readonly string[] {
  const { lower, upper } = model.preprocessing.window;
  const steps = [
    "HU of every pixel by its slice's own slope and intercept; slices sorted by their position along the slice normal; the volume " +
      "turned by flips and transposes so that columns run to the patient's left, rows to the back, slices to the head",
    "the lungs' range: the patient's z of base and apex, `lungRangeMillimetres` in diagnosis.json, along the normal from the first slice",
    slices(model),
    inPlane(model.preprocessing),
    `level = 255 (HU - ${lower}) / ${upper - lower} (\`window\`), clipped to 0..255, rounded half to even, after all averages; uint8`,
    "no further normalisation: it is inside the graph",
  ];
  return steps.map((step, index) => `${index + 1}. ${step}.`);
}
