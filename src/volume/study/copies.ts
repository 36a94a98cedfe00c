/**
 * Slices that are there twice: the same object in two files, or the same pixels under two identifiers.
 *
 *     const single = withoutSameObject(sortAlong(slices, normal), normal);
 */
import { PixelData } from "../dicom/pixel-data.ts";
import type { Triple } from "../geometry.ts";
import type { Slice } from "./series.ts";
import { height, samePlace } from "./stack.ts";

/** Doubles whose pixels are compared; beyond it the series is refused without looking. */
const mostCompared = 100;

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** By height, then by identifier and frame, so that the order of files never matters. */
export function sortAlong(slices: readonly Slice[], normal: Triple): Slice[] {
  return slices
    .map((slice) => ({ slice, at: height(slice, normal) }))
    .sort(
      (a, b) =>
        a.at - b.at ||
        compare(a.slice.object.sopInstanceUid, b.slice.object.sopInstanceUid) ||
        a.slice.frameIndex - b.slice.frameIndex ||
        compare(a.slice.object.source.name, b.slice.object.source.name),
    )
    .map(({ slice }) => slice);
}

/** One of each object that is there twice, at the same place. */
export function withoutSameObject(sorted: readonly Slice[], normal: Triple): Slice[] {
  const kept: Slice[] = [];
  const places = new Map<string, number>();
  for (const slice of sorted) {
    const { sopInstanceUid } = slice.object;
    const at = height(slice, normal);
    const key = `${sopInstanceUid} ${slice.frameIndex}`;
    const before = places.get(key);
    if (sopInstanceUid !== "" && before !== undefined && Math.abs(before - at) < samePlace) continue;
    places.set(key, at);
    kept.push(slice);
  }
  return kept;
}

/** Of the given indices, those whose stored pixels equal their predecessor's byte for byte; none of very many. */
export async function copiesOf(sorted: readonly Slice[], indices: readonly number[]): Promise<number[]> {
  if (indices.length > mostCompared) return [];
  const found: number[] = [];
  for (const index of indices) {
    const [one, other] = await Promise.all([pixelBytes(sorted[index - 1]!), pixelBytes(sorted[index]!)]);
    if (one.length === other.length && one.every((byte, at) => byte === other[at])) found.push(index);
  }
  return found;
}

const pixelBytes = async ({ object, frameIndex }: Slice): Promise<Uint8Array> =>
  (await new PixelData(object).job(frameIndex)).stored;
