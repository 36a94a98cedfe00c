/**
 * One code block from its bytes to its coefficients.
 *
 *     decodeBlock(block);      // `block` describes it, see below
 *
 * Source: ITU-T T.800 annexes D and E.1.
 */
import { beginDecoding, decision, resetContexts, UNIFORM } from "./arithmetic";
import {
  HEIGHT,
  NEIGHBOURS,
  PLANE_SHIFT,
  PLANES,
  REFINED,
  SIGN_ABOVE,
  SIGN_BELOW,
  SIGNIFICANCE_TABLE,
  SIGNIFICANCE_TABLES,
  SIGNIFICANT,
  SIGNS,
  SPARE_ROW,
  TOUCHED_BIT,
  TOUCHED_STRIPE,
  VISITED,
  WIDTH,
} from "./memory";
import { cleanup, refinement, significancePropagation } from "./passes";

/** How a block is described, by words of 32 bits; the caller's fields are in the same order (kernel.ts). */
const BYTES: usize = 0;
const LENGTH: usize = 4;
const COLUMNS: usize = 8;
const ROWS: usize = 12;
const ORIENTATION: usize = 16;
const BIT_PLANES: usize = 20;
const PASSES: usize = 24;
const STYLE: usize = 28;
const TARGET: usize = 32;
const STRIDE: usize = 36;
export const BLOCK_SIZE: usize = 40;

/** Of STYLE: contexts start anew with each pass, and a symbol of four bits ends each cleanup (table A.19). */
const RESETS: u32 = 0x02;
const MARKED: u32 = 0x20;

export function decodeBlock(block: usize): void {
  begin(block);
  const style = load<u32>(block, STYLE);
  const passes = load<i32>(block, PASSES);
  let plane = usize(load<u32>(block, BIT_PLANES)) - 1;
  // The first plane has a cleanup only (D.3).
  for (let pass = 2; pass < passes + 2; pass++) {
    const kind = pass % 3;
    if (pass > 2 && kind == 0) plane--;
    if (kind == 0) significancePropagation(plane);
    else if (kind == 1) refinement(plane);
    else {
      cleanup(plane);
      if (style & MARKED) for (let digit = 0; digit < 4; digit++) decision(UNIFORM);
    }
    if (style & RESETS) resetContexts();
  }
  centre(plane, (passes + 1) % 3 == 0);
  writeCoefficients(block);
}

function begin(block: usize): void {
  const width = usize(load<u32>(block, COLUMNS));
  const height = usize(load<u32>(block, ROWS));
  store<u32>(0, u32(width), WIDTH);
  store<u32>(0, u32(height), HEIGHT);
  beginDecoding(load<u32>(block, BYTES), load<u32>(block, LENGTH));
  resetContexts();
  memory.copy(SIGNIFICANCE_TABLE, SIGNIFICANCE_TABLES + usize(load<u32>(block, ORIENTATION)) * 512, 512);
  // Four bytes are what a column of a stripe takes, for its neighbours' bits and for its signs.
  const stripe = i32(width + 2) << 2;
  for (let inStripe: usize = 0; inStripe < 4; inStripe++) {
    const first = inStripe == 0;
    const last = inStripe == 3;
    store<i32>(inStripe << 2, first ? -stripe : last ? stripe : 0, TOUCHED_STRIPE);
    // From above, this row is the one below the stripe: row 5 of 6.
    store<u32>(inStripe << 2, first ? 1 << 15 : last ? 1 : 0, TOUCHED_BIT);
    store<i32>(inStripe << 2, first ? 3 - stripe : -1, SIGN_ABOVE);
    store<i32>(inStripe << 2, last ? stripe - 3 : 1, SIGN_BELOW);
  }
  const words = (width + 15) >> 4;
  const stripes = (height + 3) >> 2;
  const bordered = ((stripes + 2) * (words + 2)) << 3;
  memory.fill(SIGNIFICANT, 0, bordered);
  memory.fill(REFINED, 0, bordered);
  memory.fill(VISITED, 0, bordered);
  memory.fill(NEIGHBOURS, 0, (stripes + 2) * usize(stripe));
  memory.fill(SIGNS, 0, (stripes + 2) * usize(stripe));
  const planes = usize(load<u32>(block, BIT_PLANES));
  for (let plane: usize = 0; plane < planes; plane++) {
    memory.fill(PLANES + (plane << PLANE_SHIFT), 0, (stripes * words) << 3);
  }
}

/**
 * Where the lowest planes were not coded, a coefficient is put into the middle of what it may be (E.1.1.2, with r = 1/2).
 * @param partly whether the last plane's first pass was the last one
 */
function centre(plane: usize, partly: bool): void {
  if (plane == 0 && !partly) return;
  const words = (usize(load<u32>(0, WIDTH)) + 15) >> 4;
  const height = usize(load<u32>(0, HEIGHT));
  let word: usize = 0;
  for (let top: usize = 0; top < height; top += 4) {
    for (let index: usize = 0; index < words; index++, word += 8) {
      const significant = load<u64>(((top >> 2) + 1) * ((words + 2) << 3) + ((index + 1) << 3), SIGNIFICANT);
      const at = word + (plane << PLANE_SHIFT);
      let decided = significant;
      if (partly) {
        // Those found before were not refined any more.
        decided = load<u64>(at, PLANES);
        store<u64>(at, significant, PLANES);
      }
      if (plane > 0) store<u64>(at - (1 << PLANE_SHIFT), decided, PLANES);
    }
  }
}

/** Which byte of a word holds a column's bits. */
const SPREAD = i8x16(0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7);

/** Bit planes from `high` down to `low`, of 16 coefficients of a row, as bytes. */
// @ts-ignore: decorator
@inline
function gathered(word: usize, high: i32, low: i32, bits: v128): v128 {
  let values = i8x16.splat(0);
  for (let plane = high; plane >= low; plane--) {
    const spread = i8x16.swizzle(v128.load_splat<u64>(word + (usize(plane) << PLANE_SHIFT), PLANES), SPREAD);
    values = i8x16.sub(i8x16.add(values, values), i8x16.eq(v128.and(spread, bits), bits));
  }
  return values;
}

/** Four of them with their signs. @param shift brings a row's sign to the top of a column's four */
// @ts-ignore: decorator
@inline
function signed(values: v128, signs: usize, shift: i32): v128 {
  const negative = i32x4.shr_s(i32x4.shl(v128.load(signs, SIGNS), shift), 31);
  return i32x4.sub(v128.xor(values, negative), negative);
}

function writeCoefficients(block: usize): void {
  const width = usize(load<u32>(block, COLUMNS));
  const height = usize(load<u32>(block, ROWS));
  const top = load<i32>(block, BIT_PLANES) - 1;
  const stride = usize(load<u32>(block, STRIDE));
  const words = (width + 15) >> 4;
  for (let y: usize = 0; y < height; y++) {
    const inStripe = i32(y & 3);
    // An even column's bits are a byte's lower four, an odd one's its upper four.
    const bit: i32 = 1 << inStripe;
    const bits = i16x8.splat(i16(bit | (bit << 12)));
    const shift = 30 - 8 * inStripe;
    const target = usize(load<u32>(block, TARGET)) + y * stride;
    for (let index: usize = 0; index < words; index++) {
      const word = ((y >> 2) * words + index) << 3;
      const low = gathered(word, min(top, 7), 0, bits);
      const middle = gathered(word, min(top, 15), 8, bits);
      const high = gathered(word, top, 16, bits);
      const zero = i8x16.splat(0);
      const lower0 = i8x16.shuffle(low, middle, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
      const lower1 = i8x16.shuffle(low, middle, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
      const upper0 = i8x16.shuffle(high, zero, 0, 16, 1, 16, 2, 16, 3, 16, 4, 16, 5, 16, 6, 16, 7, 16);
      const upper1 = i8x16.shuffle(high, zero, 8, 16, 9, 16, 10, 16, 11, 16, 12, 16, 13, 16, 14, 16, 15, 16);
      const signs = (((y >> 2) + 1) * (width + 2) + (index << 4) + 1) << 2;
      const whole = (index << 4) + 16 <= width;
      const to = whole ? target + (index << 6) : SPARE_ROW;
      v128.store(to, signed(i16x8.shuffle(lower0, upper0, 0, 8, 1, 9, 2, 10, 3, 11), signs, shift));
      v128.store(to, signed(i16x8.shuffle(lower0, upper0, 4, 12, 5, 13, 6, 14, 7, 15), signs + 16, shift), 16);
      v128.store(to, signed(i16x8.shuffle(lower1, upper1, 0, 8, 1, 9, 2, 10, 3, 11), signs + 32, shift), 32);
      v128.store(to, signed(i16x8.shuffle(lower1, upper1, 4, 12, 5, 13, 6, 14, 7, 15), signs + 48, shift), 48);
      if (!whole) memory.copy(target + (index << 6), SPARE_ROW, (width & 15) << 2);
    }
  }
}
