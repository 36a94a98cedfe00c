/**
 * Stacks of equal squares in Zarr arrays, read in runs of consecutive slices.
 *
 *     await writeSlices(folder, "scan", voxels, 192, 5);
 *     const slab = await readSlices(array, 17, 5);
 */
import { join } from "node:path";
import * as zarr from "zarrita";
import { FolderStore } from "./file-system.ts";

/** Level 1: on windowed CT higher levels gain 1 % and cost time. */
const zstd = { name: "zstd", configuration: { level: 1 } };

/** Writes [slices, side, side] with chunks of `slicesAChunk` slices. */
export async function writeSlices(
  folder: string,
  name: string,
  voxels: Uint8Array,
  side: number,
  slicesAChunk: number,
): Promise<void> {
  const area = side * side;
  const slices = voxels.length / area;
  const array = await zarr.create(new FolderStore(join(folder, name)), {
    shape: [slices, side, side],
    chunkShape: [slicesAChunk, side, side],
    dtype: "uint8",
    codecs: [zstd],
    fillValue: 0,
    dimensionNames: ["slice", "row", "column"],
  });
  if (slices > 0) await zarr.set(array, null, { data: voxels, shape: [slices, side, side], stride: [area, side, 1] });
}

/** Slices `first` to `first + count` (exclusive); beyond the ends the end slice is repeated. */
export async function readSlices(
  array: zarr.Array<"uint8", FolderStore>,
  first: number,
  count: number,
): Promise<Uint8Array> {
  const [slices = 0, rows = 0, columns = 0] = array.shape;
  const [slicesAChunk = 1] = array.chunks;
  const area = rows * columns;
  const run = new Uint8Array(count * area);
  let held = -1;
  let chunk: Uint8Array = new Uint8Array();
  for (let offset = 0; offset < count; offset++) {
    const slice = Math.min(Math.max(first + offset, 0), slices - 1);
    const wanted = Math.floor(slice / slicesAChunk);
    if (wanted !== held) {
      chunk = (await array.getChunk([wanted, 0, 0])).data;
      held = wanted;
    }
    const start = (slice - wanted * slicesAChunk) * area;
    run.set(chunk.subarray(start, start + area), offset * area);
  }
  return run;
}
