/**
 * The one series in some files, as tests of what is made of a series need it.
 *
 *     const source = await sourceSeries(await onlySeries(files));
 */
import { type ByteSource, type Series, scanStudy } from "../../src/volume/index.ts";

export async function onlySeries(files: readonly ByteSource[]): Promise<Series> {
  const { series, skipped } = await scanStudy(files);
  const [found] = series;
  if (!found?.accepted || series.length > 1) throw new Error(JSON.stringify([series, skipped]));
  return found;
}
