/**
 * The parts of JPEG 2000 decoding that take its time, compiled to WebAssembly: entropy decoding and wavelet transform.
 *
 *     asc src/volume/dicom/jpeg2000/assembly/index.ts --config src/volume/dicom/jpeg2000/assembly/asconfig.json
 *
 * AssemblyScript, not TypeScript: 64-bit integers and vectors. What calls it is kernel.ts, beside this folder.
 */
import { prepareStates } from "./arithmetic";
import { BLOCK_SIZE, decodeBlock } from "./block";
import { prepareContexts } from "./contexts";
import { FREE } from "./memory";
import { stride } from "./wavelet";

export { stride, synthesise } from "./wavelet";

prepareStates();
prepareContexts();

/** Where the caller's memory begins. */
export function free(): usize {
  return FREE;
}

export function decodeBlocks(blocks: usize, count: u32): void {
  for (let index: u32 = 0; index < count; index++) decodeBlock(blocks + usize(index) * BLOCK_SIZE);
}

/** A tile's samples into the image: moved up by `base`, kept within the range, as 8 or 16 bits. */
export function writeSamples(
  from: usize,
  width: usize,
  height: usize,
  base: i32,
  least: i32,
  most: i32,
  target: usize,
  targetStride: usize,
  bytes: u32,
): void {
  const up = i32x4.splat(base);
  const lowest = i32x4.splat(least);
  const highest = i32x4.splat(most);
  for (let y: usize = 0; y < height; y++) {
    const row = from + y * stride(width);
    const to = target + y * targetStride;
    let x: usize = 0;
    if (bytes == 2) {
      for (; x + 8 <= width; x += 8) {
        const one = i32x4.max_s(i32x4.min_s(i32x4.add(v128.load(row + (x << 2)), up), highest), lowest);
        const other = i32x4.max_s(i32x4.min_s(i32x4.add(v128.load(row + (x << 2), 16), up), highest), lowest);
        v128.store(to + (x << 1), i16x8.shuffle(one, other, 0, 2, 4, 6, 8, 10, 12, 14));
      }
    }
    for (; x < width; x++) {
      const value = max(min(load<i32>(row + (x << 2)) + base, most), least);
      if (bytes == 1) store<u8>(to + x, u8(value));
      else store<u16>(to + (x << 1), u16(value));
    }
  }
}
