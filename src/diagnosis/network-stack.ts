/**
 * What a model sees of a chest as one volume of grey levels, each slice once: to be looked at beside the CT.
 *
 *     const { geometry, voxels } = networkStack(model, chest);       // 0 to 255, in patient coordinates
 */
import type { ModelDescription } from "../model/index.ts";
import {
  type Lungs,
  type ScanStack,
  type SlabOptions,
  scanStack,
  slabGeometry,
  stageOnePositions,
  stageOneSlabs,
  type Volume,
} from "../volume/index.ts";
import { windowSlices } from "./windows.ts";

export function networkStack(
  model: ModelDescription,
  { volume, lungs }: { readonly volume: Volume; readonly lungs: Pick<Lungs, "range"> },
  options: SlabOptions = {},
): ScanStack {
  const { preprocessing } = model;
  switch (model.kind) {
    case "two-stage":
    case "cnn3d":
      return scanStack(volume, lungs.range, preprocessing, options);
    case "stage-one":
      return stackAt(stageOnePositions(volume, preprocessing, lungs.range), preprocessing.sliceSpacing);
    case "penet": {
      const { positions, spacing } = windowSlices(volume, lungs.range, model.penet.slices, preprocessing);
      return stackAt(positions, spacing);
    }
  }
  function stackAt(positions: readonly number[], spacing: number): ScanStack {
    const slices = stageOneSlabs(volume, positions, { ...preprocessing, slabSlices: 1 }, options);
    const { size, spacing: pixel, origin, axes } = slabGeometry(slices, 0);
    return {
      geometry: { size: [size[0], size[1], positions.length], spacing: [pixel[0], pixel[1], spacing], origin, axes },
      voxels: new Uint8Array(slices.pixels.buffer),
    };
  }
}
