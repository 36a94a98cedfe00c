/**
 * Stored values to Hounsfield units eight at a time, compiled to WebAssembly.
 *
 *     asc --config src/volume/dicom/hounsfield/assembly/asconfig.json
 *
 * HU are ((value & mask) ^ flip) + added, kept within 16 bits; what lies from `least` to `most` before the addition was not
 * scanned and becomes air. `least` above `most` where every value was. AssemblyScript; what calls it is ../vector.ts.
 */

/** Values are worked on by this many: what is read and written may reach as far beyond the last one. */
const AT_ONCE: usize = 16;

/** Where the caller's memory begins. */
export function free(): usize {
  return (__heap_base + 15) & ~15;
}

let mask: i32 = 0;
let flip: i32 = 0;
let added: i32 = 0;
let least: i32 = 0;
let most: i32 = 0;
let air: i32 = 0;

export function rule(ownMask: i32, ownFlip: i32, ownAdded: i32, ownLeast: i32, ownMost: i32, ownAir: i32): void {
  mask = ownMask;
  flip = ownFlip;
  added = ownAdded;
  least = ownLeast;
  most = ownMost;
  air = ownAir;
}

// @ts-ignore: decorator
@inline
function ruled(words: v128): v128 {
  const value = v128.xor(v128.and(words, i16x8.splat(i16(mask))), i16x8.splat(i16(flip)));
  const sum = i16x8.add_sat_s(value, i16x8.splat(i16(added)));
  const outside = v128.and(i16x8.ge_s(value, i16x8.splat(i16(least))), i16x8.le_s(value, i16x8.splat(i16(most))));
  return v128.bitselect(i16x8.splat(i16(air)), sum, outside);
}

/** From values of 16 bits. */
export function words(from: usize, count: usize, to: usize): void {
  for (let at: usize = 0; at < count << 1; at += AT_ONCE) v128.store(to + at, ruled(v128.load(from + at)));
}

/** From values whose high and low bytes lie apart. */
export function planes(high: usize, low: usize, count: usize, to: usize): void {
  for (let at: usize = 0; at < count; at += AT_ONCE) {
    const upper = v128.load(high + at);
    const lower = v128.load(low + at);
    const first = i8x16.shuffle(lower, upper, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    const second = i8x16.shuffle(lower, upper, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    v128.store(to + (at << 1), ruled(first));
    v128.store(to + (at << 1), ruled(second), 16);
  }
}
