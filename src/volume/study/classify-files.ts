/**
 * A study read through: every accepted series decoded in its turn, its HU and its lungs looked at, the best one kept.
 *
 *     const study = await readStudy(sources, { decoder });
 *     study.chosen?.volume;          // the series to judge
 *     study.series.map(({ series, lungs }) => [series.description, lungs?.rangeMillimetres]);
 *
 * At most two volumes are in memory at a time: the best so far and the one being looked at.
 */
import { RefusedError, type Warning } from "../../errors.ts";
import { findLungs, type Lungs } from "../lungs/find.ts";
import type { ByteSource } from "../source.ts";
import type { Volume } from "../volume.ts";
import { chooseByLungs } from "./choose.ts";
import { type ReadOptions, readVolume, scanStudy } from "./read.ts";
import type { Series, SkippedFile } from "./series.ts";

export interface ExaminedSeries {
  /** As scanned; refused when its pixels turned out broken. */
  readonly series: Series;
  /** Lowest and highest HU; undefined when refused. */
  readonly huRange: readonly [number, number] | undefined;
  /** Undefined when refused, or when none were found. */
  readonly lungs: Lungs | undefined;
  /** The series' own warnings, and what its volume and its lungs added to them. */
  readonly warnings: readonly Warning[];
}

export interface ReadStudy {
  readonly series: readonly ExaminedSeries[];
  /** Undefined when no accepted series shows lungs. */
  readonly chosen: { readonly examined: ExaminedSeries; readonly volume: Volume; readonly lungs: Lungs } | undefined;
  readonly skipped: readonly SkippedFile[];
}

function extremes(voxels: Int16Array | Float32Array): readonly [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let index = 0; index < voxels.length; index++) {
    const value = voxels[index]!;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}

function lungsIn(volume: Volume): { readonly lungs: Lungs | undefined; readonly warnings: readonly Warning[] } {
  try {
    const lungs = findLungs(volume);
    return { lungs, warnings: lungs.warnings };
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    return { lungs: undefined, warnings: [{ code: error.code, message: error.message }] };
  }
}

/** Throws RefusedError `empty-input`, FailedError `out-of-memory`, and whatever stopped the signal. */
export async function readStudy(sources: readonly ByteSource[], options: ReadOptions): Promise<ReadStudy> {
  const { series, skipped } = await scanStudy(sources, options);
  const examined = new Map<Series, ExaminedSeries>();
  const look = async (candidate: Series) => {
    const { examined: own, volume } = await examine(candidate, options);
    examined.set(candidate, own);
    return volume && own.lungs ? { examined: own, volume, lungs: own.lungs } : undefined;
  };
  const chosen = await chooseByLungs(series, look);
  return { series: [...examined.values()], chosen, skipped };
}

async function examine(
  series: Series,
  options: ReadOptions,
): Promise<{ readonly examined: ExaminedSeries; readonly volume?: Volume }> {
  const nothing = { huRange: undefined, lungs: undefined };
  if (!series.accepted) return { examined: { series, ...nothing, warnings: series.warnings } };
  try {
    const volume = await readVolume(series, options);
    const { lungs, warnings } = lungsIn(volume);
    const huRange = extremes(volume.voxels);
    return { examined: { series, huRange, lungs, warnings: [...volume.warnings, ...warnings] }, volume };
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    const reasons = [{ code: error.code, message: error.message }];
    const refused: Series = { ...series, accepted: false, reasons, geometry: undefined, pixels: undefined };
    return { examined: { series: refused, ...nothing, warnings: series.warnings } };
  }
}
