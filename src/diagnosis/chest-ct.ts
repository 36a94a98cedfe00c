/**
 * From files to the chest to be judged: the series is chosen, read, and its lungs are found.
 *
 *     const chest = await openChestCt(sources, { decoder });
 *     chest.series.seriesInstanceUid; chest.volume; chest.lungs.range;
 *
 * Where several series could be judged, each is read in turn to see how much lung it shows, and the rule of
 * `chooseSeries` decides.
 */
import { RefusedError } from "../errors.ts";
import {
  type ByteSource,
  chooseByLungs,
  findLungs,
  type Lungs,
  type ReadOptions,
  readVolume,
  type ScannedStudy,
  type Series,
  scanStudy,
  type Volume,
} from "../volume/index.ts";

export interface ChestCt {
  readonly series: Series;
  readonly volume: Volume;
  readonly lungs: Lungs;
  /** Of reading and of finding the lungs. */
  readonly seconds: { readonly reading: number; readonly lungs: number };
}

/** Reads the files of one study. @throws RefusedError of {@link toChestCt} and of `scanStudy` */
export async function openChestCt(sources: readonly ByteSource[], options: ReadOptions): Promise<ChestCt> {
  return toChestCt(await scanStudy(sources, options), options);
}

/**
 * The series of a study to be judged, with its volume and lungs.
 * @throws RefusedError `series-none` with the reasons when no series can be judged, or the reason of the only one;
 *   `lungs-not-found` when none shows lungs
 */
export async function toChestCt(study: ScannedStudy, options: ReadOptions): Promise<ChestCt> {
  const candidates = study.series.filter(({ accepted, orientation }) => accepted && orientation === "axial");
  let failure: RefusedError | undefined;
  const chest = await chooseByLungs(candidates, async (series) => {
    try {
      return await chestOfSeries(series, options);
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      failure ??= error;
      return undefined;
    }
  });
  if (!chest) throw failure ?? noSeries(study);
  return chest;
}

async function chestOfSeries(series: Series, options: ReadOptions): Promise<ChestCt> {
  const start = performance.now();
  const volume = await readVolume(series, options);
  const read = performance.now();
  const lungs = findLungs(volume);
  const found = performance.now();
  return { series, volume, lungs, seconds: { reading: (read - start) / 1000, lungs: (found - read) / 1000 } };
}

/** One refused series says why itself; several, or none at all, are summed up. */
function noSeries(study: ScannedStudy): RefusedError {
  const reasons = study.series.flatMap(({ reasons: own, description }) =>
    own.slice(0, 1).map(({ code, message }) => ({ code, message, description })),
  );
  const skipped = study.skipped.map(({ code, message }) => ({ code, message, description: "" }));
  const all = [...reasons, ...skipped];
  if (all.length === 1) return new RefusedError(all[0]!.code, all[0]!.message);
  const listed = all.slice(0, 3).map(({ message }) => message);
  const more = all.length > 3 ? ` and ${all.length - 3} more` : "";
  const because = all.length > 0 ? `: ${listed.join("; ")}${more}` : "";
  return new RefusedError("series-none", `no series in the study can be judged${because}`, {
    hint: "`embolens inspect` lists every series with its reason",
  });
}
