/**
 * The lungs in a chest CT: where they are, how much of each, and from which slice to which.
 *
 *     const lungs = findLungs(volume);
 *     const slabs = scanSlabs(volume, lungs.range, settings);
 *
 * Classical, on a grid of about 3.5 mm: air inside the body, minus airways, minus bowel gas, largest parts kept, split
 * into left and right, vessels and small consolidations closed. No training, so nothing to generalise badly; what it
 * can't do is draw the border of a lung that holds no air: a wholly opaque lung is reported as such and the range comes
 * from the other one.
 */
import { RefusedError, type Warning } from "../../errors.ts";
import { type Geometry, patientPoint, type Triple, toPatient, toVoxel, voxelPoint } from "../geometry.ts";
import { canonicalAxial } from "../prepare/orientation.ts";
import type { SliceRange } from "../prepare/resample.ts";
import type { Mask, Volume } from "../volume.ts";
import { findBowelGas } from "./air-components.ts";
import { findAirways } from "./airways.ts";
import { type Body, findBody } from "./body.ts";
import { type CoarseChest, coarsen } from "./coarse.ts";
import { type Contrast, judgeContrast } from "./contrast.ts";
import { close, components, fillSlices, select } from "./shapes.ts";
import { leftLung, rightLung, splitSides } from "./split-left-right.ts";

export interface Lungs {
  /** On a grid of about 3.5 mm in canonical orientation: 0 outside, 1 right lung, 2 left lung. */
  readonly labels: Mask;
  /** From base to apex, in millimetres along the slice normal of the canonically oriented volume. */
  readonly range: SliceRange;
  /** The same two ends as patient z coordinates, lower first. */
  readonly rangeMillimetres: readonly [number, number];
  readonly millilitres: { readonly left: number; readonly right: number };
  readonly contrast: Contrast;
  readonly coverage: LungCoverage;
  readonly warnings: readonly Warning[];
}

/** Where the scan ends inside the lungs, each as a share of their largest axial section; 0 where it does not. */
export interface LungCoverage {
  /** Lung in the lowest slice, and in the highest. */
  readonly below: number;
  readonly above: number;
  /** Lung on the border of the image, over all slices. */
  readonly sides: number;
}

const smallestMillilitres = 150;
/** Parts below this share of the largest are dropped. */
const smallestShare = 0.03;
const closingMillimetres = 7;
/** A slice belongs to the range from this lung area on. */
const areaMillimetres2 = 100;
/** More lung than this share of the largest section in the first or last slice: the scan ends inside the lung. */
const cutShare = 0.1;
/** More lung than this on the border of the image: the field of view ends inside the lung. */
const cutSideMillimetres2 = 2000;
/** A lung this much smaller than the other is called opaque. */
const opaqueShare = 0.1;

/**
 * @throws RefusedError `lungs-not-found` when less than 150 ml of lung is found
 */
export function findLungs(volume: Volume): Lungs {
  const axial = canonicalAxial(volume);
  const coarse = coarsen(axial);
  const body = findBody(coarse);
  const scale = bodyScale(body, coarse.geometry);
  if (scale === 1) return search(axial, coarse, body);
  // All lengths and volumes here are an adult's: a child is searched as the adult it would be at that width.
  const adult = { ...axial, geometry: scaled(axial.geometry, 1 / scale) };
  const adultCoarse = coarsen(adult);
  const found = search(adult, adultCoarse, findBody(adultCoarse));
  const { range, rangeMillimetres, millilitres, labels } = found;
  return {
    ...found,
    labels: { ...labels, geometry: scaled(labels.geometry, scale) },
    range: { lower: range.lower * scale, upper: range.upper * scale },
    rangeMillimetres: [rangeMillimetres[0] * scale, rangeMillimetres[1] * scale],
    millilitres: { left: millilitres.left * scale ** 3, right: millilitres.right * scale ** 3 },
  };
}

/** The same voxels in a patient of another size. */
const scaled = (geometry: Geometry, factor: number): Geometry => ({
  ...geometry,
  spacing: [geometry.spacing[0] * factor, geometry.spacing[1] * factor, geometry.spacing[2] * factor],
  origin: patientPoint(geometry.origin[0] * factor, geometry.origin[1] * factor, geometry.origin[2] * factor),
});

/** Width and depth of an adult's chest, in millimetres, and how much others may differ before they are searched at a scale. */
const adultSides = [350, 240] as const;
const adultScales = { least: 0.72, most: 1.5 };

/**
 * How large the body is against an adult's: by its width or, where the image cuts it off at a side, by its depth. 1 for
 * adults, and where it is cut off both ways.
 */
function bodyScale({ tissue }: Body, { size, spacing }: Geometry): number {
  const area = size[0] * size[1];
  for (const axis of [0, 1] as const) {
    const lengths: number[] = [];
    let cut = 0;
    for (let slice = 0; slice < size[2]; slice++) {
      let [first, last] = [size[axis], -1];
      for (let pixel = 0; pixel < area; pixel++) {
        if (tissue[slice * area + pixel] === 0) continue;
        const at = axis === 0 ? pixel % size[0] : Math.floor(pixel / size[0]);
        if (at < first) first = at;
        if (at > last) last = at;
      }
      if (last < 0) continue;
      lengths.push((last - first + 1) * spacing[axis]);
      if (first === 0 || last === size[axis] - 1) cut++;
    }
    if (lengths.length === 0 || cut > lengths.length / 4) continue;
    lengths.sort((a, b) => a - b);
    const scale = lengths[Math.floor(lengths.length / 2)]! / adultSides[axis];
    return scale >= adultScales.least && scale <= adultScales.most ? 1 : scale;
  }
  return 1;
}

function search(axial: Volume, coarse: CoarseChest, { tissue, innerAir }: Body): Lungs {
  const { geometry, hu } = coarse;
  const { size, spacing } = geometry;
  const airways = findAirways(coarse, innerAir, tissue);
  const open = select(hu.length, (voxel) => innerAir[voxel] === 1 && airways[voxel] === 0);
  const gas = findBowelGas(coarse, open, airways);
  const candidates = select(hu.length, (voxel) => open[voxel] === 1 && gas[voxel] === 0);
  const kept = keepLungs(candidates, coarse);
  const middle = columnMiddle(tissue, size[0]);
  const sides = splitSides(kept, geometry, middle);
  const labels = new Uint8Array(hu.length);
  for (const side of [rightLung, leftLung]) {
    const own = select(hu.length, (voxel) => sides[voxel] === side);
    const closed = fillSlices(close(own, size, spacing, closingMillimetres), size);
    for (let voxel = 0; voxel < labels.length; voxel++) {
      const free = airways[voxel] === 0 && gas[voxel] === 0 && (sides[voxel] === 0 || sides[voxel] === side);
      if (closed[voxel] === 1 && free && labels[voxel] === 0) labels[voxel] = side;
    }
  }
  const millilitresOf = (side: number) =>
    (labels.reduce((count, label) => count + (label === side ? 1 : 0), 0) * spacing[0] * spacing[1] * spacing[2]) /
    1000;
  const millilitres = { left: millilitresOf(leftLung), right: millilitresOf(rightLung) };
  const areas = sliceAreas(labels, geometry);
  const run = lungRun(areas);
  if (millilitres.left + millilitres.right < smallestMillilitres || run === undefined) {
    throw new RefusedError("lungs-not-found", "no lungs were found in the series", {
      hint: "check that it is a chest CT and that its numbers are Hounsfield units",
    });
  }
  const coverage = coverageOf(labels, geometry, areas);
  const range = rangeOf(axial.geometry, coarse, run.first, run.last);
  const ends = [range.lower, range.upper].map(
    (position) => toPatient(axial.geometry, voxelPoint(0, 0, position / axial.geometry.spacing[2]))[2],
  );
  return {
    labels: { geometry, voxels: labels },
    range,
    rangeMillimetres: [Math.min(...ends), Math.max(...ends)],
    millilitres,
    contrast: judgeContrast(coarse, labels, tissue, middle),
    coverage,
    warnings: judge(coverage, Math.max(...areas), millilitres),
  };
}

/** Whether a voxel of the volume's own grid lies in a lung, by the nearest voxel of the lungs' grid. */
export function lungMask(lungs: Lungs, geometry: Geometry): Mask {
  const [columns, rows, slices] = geometry.size;
  const coarse = lungs.labels.geometry;
  const voxels = new Uint8Array(columns * rows * slices);
  const origin = toVoxel(coarse, toPatient(geometry, voxelPoint(0, 0, 0)));
  const steps = [voxelPoint(1, 0, 0), voxelPoint(0, 1, 0), voxelPoint(0, 0, 1)].map((unit) => {
    const moved = toVoxel(coarse, toPatient(geometry, unit));
    return [moved[0] - origin[0], moved[1] - origin[1], moved[2] - origin[2]] as const;
  });
  const [across, down, along] = steps as [
    readonly [number, number, number],
    readonly [number, number, number],
    readonly [number, number, number],
  ];
  let target = 0;
  for (let slice = 0; slice < slices; slice++) {
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++, target++) {
        const x = Math.round(origin[0] + column * across[0] + row * down[0] + slice * along[0]);
        const y = Math.round(origin[1] + column * across[1] + row * down[1] + slice * along[1]);
        const z = Math.round(origin[2] + column * across[2] + row * down[2] + slice * along[2]);
        if (x < 0 || y < 0 || z < 0 || x >= coarse.size[0] || y >= coarse.size[1] || z >= coarse.size[2]) continue;
        voxels[target] = lungs.labels.voxels[x + coarse.size[0] * (y + coarse.size[1] * z)]! > 0 ? 1 : 0;
      }
    }
  }
  return { geometry, voxels };
}

/** The largest air-holding parts whose mean is lung's and neither gas nor fat. */
function keepLungs(candidates: Uint8Array, { hu, geometry: { size } }: CoarseChest): Uint8Array {
  const parts = components(candidates, size);
  const sums = new Float64Array(parts.volumes.length);
  for (let voxel = 0; voxel < hu.length; voxel++) sums[parts.labels[voxel]!]! += hu[voxel]!;
  const isLung = parts.volumes.map((volume, label) => {
    const mean = sums[label]! / volume;
    return label > 0 && mean < -500 && mean > -970;
  });
  const largest = Math.max(0, ...parts.volumes.filter((_, label) => isLung[label]));
  return select(hu.length, (voxel) => {
    const label = parts.labels[voxel]!;
    return label > 0 && isLung[label]! && parts.volumes[label]! >= smallestShare * largest;
  });
}

function columnMiddle(tissue: Uint8Array, columns: number): number {
  let sum = 0;
  let count = 0;
  for (let voxel = 0; voxel < tissue.length; voxel++) {
    if (tissue[voxel] === 0) continue;
    sum += voxel % columns;
    count++;
  }
  return count > 0 ? sum / count : columns / 2;
}

function sliceAreas(labels: Uint8Array, { size, spacing }: Geometry): number[] {
  const area = size[0] * size[1];
  return Array.from({ length: size[2] }, (_, slice) => {
    let count = 0;
    for (let voxel = slice * area; voxel < (slice + 1) * area; voxel++) if (labels[voxel]! > 0) count++;
    return count * spacing[0] * spacing[1];
  });
}

/** The slices with lung around the one with most of it; a stray part apart from them does not count. */
function lungRun(areas: readonly number[]): { readonly first: number; readonly last: number } | undefined {
  const widest = areas.indexOf(Math.max(...areas));
  if (!(areas[widest]! >= areaMillimetres2)) return undefined;
  let [first, last] = [widest, widest];
  while (first > 0 && areas[first - 1]! >= areaMillimetres2) first--;
  while (last < areas.length - 1 && areas[last + 1]! >= areaMillimetres2) last++;
  return { first, last };
}

/** From the lower edge slice of the first block with lung to the upper one of the last, within the volume's slices. */
function rangeOf(fine: Geometry, { factors }: CoarseChest, first: number, last: number): SliceRange {
  const spacing = fine.spacing[2];
  const lower = first * factors[2];
  const upper = Math.min(fine.size[2] - 1, (last + 1) * factors[2] - 1);
  return { lower: lower * spacing, upper: upper * spacing };
}

function coverageOf(labels: Uint8Array, { size, spacing }: Geometry, areas: readonly number[]): LungCoverage {
  const largest = Math.max(...areas);
  return {
    below: areas[0]! / largest,
    above: areas.at(-1)! / largest,
    sides: sideArea(labels, size, spacing) / largest,
  };
}

/** @param largest the largest axial section of the lungs, in mm^2 */
function judge({ below, above, sides }: LungCoverage, largest: number, millilitres: Lungs["millilitres"]): Warning[] {
  const warnings: Warning[] = [];
  const cut = [
    ...(below > cutShare ? ["below"] : []),
    ...(above > cutShare ? ["above"] : []),
    ...(sides * largest > cutSideMillimetres2 ? ["at the sides of the image"] : []),
  ];
  if (cut.length > 0) {
    warnings.push({ code: "coverage-incomplete", message: `the scan ends inside the lung: ${cut.join(" and ")}` });
  }
  const [small, large] = [Math.min(millilitres.left, millilitres.right), Math.max(millilitres.left, millilitres.right)];
  if (small < opaqueShare * large) {
    const side = millilitres.left < millilitres.right ? "left" : "right";
    warnings.push({
      code: "lung-opaque",
      message: `the ${side} lung holds hardly any air (${small.toFixed(0)} ml found)`,
    });
  }
  return warnings;
}

/** The area of lung that lies on the border of the image, over all slices, in mm^2. */
function sideArea(labels: Uint8Array, [columns, rows]: Triple, spacing: Triple): number {
  let area = 0;
  for (let voxel = 0; voxel < labels.length; voxel++) {
    if (labels[voxel] === 0) continue;
    const column = voxel % columns;
    const row = Math.floor(voxel / columns) % rows;
    if (column === 0 || column === columns - 1) area += spacing[1] * spacing[2];
    else if (row === 0 || row === rows - 1) area += spacing[0] * spacing[2];
  }
  return area;
}
