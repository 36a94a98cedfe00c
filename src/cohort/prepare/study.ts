/**
 * One study made ready for training: lungs found, slices resampled, cropped and windowed, outlines laid on them.
 *
 *     const prepared = prepareStudy(volume, annotations, smallPreprocessing);
 *     await store.put(facts, prepared, null);
 *
 * docs/method.md#from-a-ct-study-to-slabs. The stage I stack runs through the lungs and every annotated slice, with
 * half a slab to spare at both ends. Its slices are placed by the lungs alone, and an annotation goes to the slice
 * nearest to it. Placed on the annotations, positive slabs would be slices as they were scanned and negative ones
 * mixtures of two, with less noise: a network tells those apart more easily than emboli. The scan holds the slices of
 * all stage II slabs: slab k is its slices k x scanStride to k x scanStride + slabSlices.
 */
import {
  canonicalAxial,
  findLungs,
  type Lungs,
  networkOutline,
  type Preprocessing,
  type Slabs,
  type SliceRange,
  scanStack,
  slabGeometry,
  sliceExtent,
  stageOneSlabs,
  type Volume,
} from "../../volume/index.ts";
import type { AnnotatedSlice, PreparedStudy, SlabStack } from "../store/prepared.ts";
import { annotatedSlices, type LoadedAnnotation, type ReviewedSlice } from "./annotations.ts";

/**
 * @param lungs when they are known already: a study that is prepared in several ways is searched once
 * @throws RefusedError "lungs-not-found", "annotation-invalid", "geometry-invalid" (a mask of another image)
 */
export function prepareStudy(
  volume: Volume,
  annotations: readonly LoadedAnnotation[],
  preprocessing: Preprocessing,
  lungs: Pick<Lungs, "range" | "warnings"> = findLungs(volume),
): PreparedStudy {
  const axial = canonicalAxial(volume);
  const looked = annotatedSlices(axial, annotations);
  const single = { ...preprocessing, slabSlices: 1 };
  const stageOne = stageOneSlabs(axial, stageOnePositions(axial, lungs.range, looked, preprocessing), single);
  return {
    stageOne: stackOf(stageOne),
    scan: scanStack(axial, lungs.range, preprocessing),
    annotated: looked.map((slice) => outlined(slice, stageOne)),
    warnings: [...volume.warnings, ...lungs.warnings].map(({ message }) => message),
  };
}

/** A grid from the lungs' lower end on, over lungs and annotations; or every slice as it was scanned. */
function stageOnePositions(
  axial: Volume,
  lungs: SliceRange,
  looked: readonly ReviewedSlice[],
  { sliceSpacing, slabSlices, slices }: Preprocessing,
): number[] {
  if (slices === "native") {
    const { size, spacing } = axial.geometry;
    return Array.from({ length: size[2] }, (_, index) => index * spacing[2]);
  }
  const extent = sliceExtent(axial);
  const anchor = lungs.lower;
  const margin = ((slabSlices - 1) / 2) * sliceSpacing;
  const lower = Math.max(extent.lower, Math.min(lungs.lower, looked[0]?.position ?? lungs.lower) - margin);
  const upper = Math.min(extent.upper, Math.max(lungs.upper, looked.at(-1)?.position ?? lungs.upper) + margin);
  const first = Math.ceil((lower - anchor) / sliceSpacing - 1e-6);
  const last = Math.floor((upper - anchor) / sliceSpacing + 1e-6);
  return Array.from({ length: last - first + 1 }, (_, index) => anchor + (first + index) * sliceSpacing);
}

/** Slabs of one slice, seen as one stack. */
function stackOf(slabs: Slabs): SlabStack {
  const geometry = slabGeometry(slabs, 0);
  const [columns, rows] = geometry.size;
  return {
    geometry: { ...geometry, size: [columns, rows, slabs.count] },
    voxels: new Uint8Array(slabs.pixels.buffer, slabs.pixels.byteOffset, slabs.pixels.length),
  };
}

function outlined({ position, positive, masks }: ReviewedSlice, stack: Slabs): AnnotatedSlice {
  const first = stack.positions[0]!;
  const spacing = stack.sliceSpacing;
  const slice = Math.min(Math.max(Math.round((position - first) / spacing), 0), stack.count - 1);
  const outlines = masks.map((mask) => networkOutline(mask, stack, position));
  const outline = outlines.length === 0 ? null : outlines.reduce((a, b) => a.map((value, pixel) => value | b[pixel]!));
  return { slice, positive, outline };
}
