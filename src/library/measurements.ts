/**
 * Readers' measurements in a study, a list for each reader: who draws one more keeps the list as it is then, in place of
 * the one it was made from. Readers don't get in each other's way; two windows of one reader are told of each other.
 */
import type { Library } from "./library.ts";
import { type Current, type IfMatch, inTurn, requirePrecondition, versionOf } from "./preconditions.ts";
import type { Measurement, NewMeasurement } from "./records.ts";

/** @param measurements of one reader, or of all */
export function keptMeasurements(measurements: readonly Measurement[]): Current {
  const last = measurements.reduce<Measurement | undefined>((a, b) => (a && a.at > b.at ? a : b), undefined);
  return {
    version: versionOf(JSON.stringify(measurements.map((one) => [one.reader, one.at, content(one)]))),
    last: last ? `${last.reader} measured at ${last.at}` : "nobody has measured",
  };
}

/** What was measured, in an order of its own, so that the same is the same however it was written. */
function content({ id, seriesInstanceUID, plane, kind, points, ...rest }: NewMeasurement): string {
  return JSON.stringify([id, seriesInstanceUID, plane, kind, points, "hu" in rest ? rest.hu : null]);
}

export const ofReader = (measurements: readonly Measurement[], reader: string): Measurement[] =>
  measurements.filter((measurement) => measurement.reader === reader);

export interface SavedMeasurements {
  /** All of this reader. */
  readonly measurements: readonly Measurement[];
  readonly version: string;
}

/**
 * Keeps all measurements of a reader.
 * @throws RefusedError changed-meanwhile where others were kept for this reader than were seen, version-missing where
 * earlier ones would go and the call does not say that it has seen them
 */
export function keepMeasurements(
  library: Library,
  id: string,
  reader: string,
  measurements: readonly NewMeasurement[],
  seen: IfMatch,
): Promise<SavedMeasurements> {
  return inTurn(library, id, async () => {
    const before = ofReader(library.get(id).measurements, reader);
    // With nothing kept there is nothing that If-None-Match could meet, and a version of nothing that If-Match can.
    const found = before.length === 0 && seen.none ? undefined : keptMeasurements(before);
    // A call that is sent again because its answer was lost meets its own work.
    const isRepeated = String(before.map(content)) === String(measurements.map(content));
    if (!isRepeated) requirePrecondition(seen, found, before.length > 0);
    const now = new Date().toISOString();
    const earlier = new Map(before.map((measurement) => [content(measurement), measurement.at]));
    const saved = measurements.map((one): Measurement => ({ ...one, reader, at: earlier.get(content(one)) ?? now }));
    await library.update(id, (study) => ({
      measurements: [...study.measurements.filter((one) => one.reader !== reader), ...saved],
    }));
    return { measurements: saved, version: keptMeasurements(saved).version };
  });
}
