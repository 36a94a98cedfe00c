/**
 * The three coding passes over one bit plane of a code block.
 *
 *     significancePropagation(plane);
 *     refinement(plane);
 *     cleanup(plane);
 *
 * Which coefficients a pass visits is found by a few operations on words of 64 coefficients; then the pass goes from one
 * set bit to the next. A coefficient that becomes significant sets bits in the columns around it, so that a context
 * costs one look into a table. Source: ITU-T T.800 annex D.3 and D.4.
 */
import { following, NORMAL, PROBABILITY, part, REFINEMENT, RUN, refilled, UNIFORM, within } from "./arithmetic";
import {
  CONTEXTS,
  HEIGHT,
  INTERVAL,
  NEIGHBOURS,
  OFFSET,
  PLANE_SHIFT,
  PLANES,
  REFINED,
  SIGN_ABOVE,
  SIGN_BELOW,
  SIGN_TABLE,
  SIGNIFICANCE_TABLE,
  SIGNIFICANT,
  SIGNS,
  TOUCHED_BIT,
  TOUCHED_STRIPE,
  VISITED,
  WIDTH,
} from "./memory";

/** The uppermost and the lowest row of a stripe in a word. */
const TOP_ROW: u64 = 0x1111111111111111;
const BOTTOM_ROW: u64 = 0x8888888888888888;

/** Coefficients with a significant one above or below. @param row bytes from a word to the one below */
// @ts-ignore: decorator
@inline
function nextInColumn(word: usize, row: usize): u64 {
  const own = load<u64>(word, SIGNIFICANT);
  return (
    ((own << 1) & ~TOP_ROW) |
    ((own >> 1) & ~BOTTOM_ROW) |
    ((load<u64>(word - row, SIGNIFICANT) >> 3) & TOP_ROW) |
    ((load<u64>(word + row, SIGNIFICANT) << 3) & BOTTOM_ROW)
  );
}

/** Coefficients with a significant neighbour. */
// @ts-ignore: decorator
@inline
function nextToSignificant(word: usize, row: usize): u64 {
  const column = nextInColumn(word, row);
  const three = column | load<u64>(word, SIGNIFICANT);
  const left = nextInColumn(word - 8, row) | load<u64>(word - 8, SIGNIFICANT);
  const right = nextInColumn(word + 8, row) | load<u64>(word + 8, SIGNIFICANT);
  return column | (three << 4) | (three >> 4) | (left >> 60) | (right << 60);
}

// @ts-ignore: decorator
@inline
function setNeighbour(at: usize, bits: u32): void {
  store<u32>(at, load<u32>(at, NEIGHBOURS) | bits, NEIGHBOURS);
}

/** What SIGN_TABLE says of a coefficient. */
// @ts-ignore: decorator
@inline
function signCode(sign: usize, inStripe: usize): u32 {
  const above = sign + usize(load<i32>(inStripe << 2, SIGN_ABOVE));
  const below = sign + usize(load<i32>(inStripe << 2, SIGN_BELOW));
  const signs =
    u32(load<u8>(sign - 4, SIGNS)) |
    (u32(load<u8>(sign + 4, SIGNS)) << 2) |
    (u32(load<u8>(above, SIGNS)) << 4) |
    (u32(load<u8>(below, SIGNS)) << 6);
  return u32(load<u8>(signs, SIGN_TABLE));
}

export function significancePropagation(plane: usize): void {
  newlySignificant(plane, false);
}

export function cleanup(plane: usize): void {
  newlySignificant(plane, true);
}

/** Both passes that find significant coefficients. @param cleaning whether it is the second */
// @ts-ignore: decorator
@inline
function newlySignificant(plane: usize, cleaning: bool): void {
  let interval = load<u64>(0, INTERVAL);
  let offset = load<u64>(0, OFFSET);
  const width = usize(load<u32>(0, WIDTH));
  const height = usize(load<u32>(0, HEIGHT));
  const words = (width + 15) >> 4;
  const row = (words + 2) << 3;
  const lastColumns: u64 = (width & 15) == 0 ? u64(-1) : (u64(1) << u64((width & 15) << 2)) - 1;
  let planeWord = plane << PLANE_SHIFT;
  for (let top: usize = 0; top < height; top += 4) {
    const stripe = (top >> 2) + 1;
    const full = top + 4 <= height;
    const rows: u64 = full ? u64(-1) : TOP_ROW * ((u64(1) << u64(height & 3)) - 1);
    // Where the word's columns lie among NEIGHBOURS and, by four bytes a column too, among SIGNS.
    let firstColumn = (stripe * (width + 2) + 1) << 2;
    for (let index: usize = 0; index < words; index++, planeWord += 8, firstColumn += 64) {
      const word = stripe * row + ((index + 1) << 3);
      const inside = index == words - 1 ? rows & lastColumns : rows;
      const insignificant = ~load<u64>(word, SIGNIFICANT) & inside;
      let remaining: u64;
      if (cleaning) remaining = insignificant & ~load<u64>(word, VISITED);
      else remaining = insignificant & nextToSignificant(word, row);
      let visited = remaining;
      let found: u64 = 0;
      while (remaining != 0) {
        let bit = ctz<u64>(remaining);
        const column = firstColumn + (usize(bit) & ~3);
        if (cleaning && load<u32>(column, NEIGHBOURS) == 0 && full) {
          // Four coefficients with nothing around them: one decision whether they stay so (D.3.4, D.4.2).
          remaining &= ~(u64(15) << bit);
          const state = load<u64>(0, CONTEXTS + RUN);
          const size = state & PROBABILITY;
          const rest = interval - size;
          const over = i64(offset - rest);
          // Where the image is empty they nearly always do.
          if (over < 0 && rest >= NORMAL && i64(state) < 0) {
            interval = rest;
            continue;
          }
          const symbol = over ^ i64(rest - size);
          store<u64>(0, following(state, rest, symbol), CONTEXTS + RUN);
          interval = part(size, rest, over);
          offset = within(rest, over);
          const shift = clz<u64>(interval) - 1;
          interval <<= shift;
          offset <<= shift;
          if (u32(offset) == 0) offset = refilled(offset);
          if ((symbol ^ i64(state)) >= 0) continue;
          let first: u64 = 0;
          for (let digit = 0; digit < 2; digit++) {
            const state = load<u64>(0, CONTEXTS + UNIFORM);
            const size = state & PROBABILITY;
            const rest = interval - size;
            const over = i64(offset - rest);
            const symbol = over ^ i64(rest - size);
            interval = part(size, rest, over);
            offset = within(rest, over);
            const shift = clz<u64>(interval) - 1;
            interval <<= shift;
            offset <<= shift;
            if (u32(offset) == 0) offset = refilled(offset);
            first = (first << 1) | (u64(symbol ^ i64(state)) >> 63);
          }
          // Those below the first significant one are decided each by itself.
          remaining |= (u64(14) << (bit + first)) & (u64(15) << bit);
          bit += first;
        } else {
          remaining &= remaining - 1;
          const around = (load<u32>(column, NEIGHBOURS) >> ((u32(bit) & 3) * 3)) & 0x1ef;
          const context = usize(load<u8>(around, SIGNIFICANCE_TABLE));
          const state = load<u64>(context, CONTEXTS);
          const size = state & PROBABILITY;
          const rest = interval - size;
          const over = i64(offset - rest);
          const symbol = over ^ i64(rest - size);
          store<u64>(context, following(state, rest, symbol), CONTEXTS);
          interval = part(size, rest, over);
          offset = within(rest, over);
          const shift = clz<u64>(interval) - 1;
          interval <<= shift;
          offset <<= shift;
          if (u32(offset) == 0) offset = refilled(offset);
          if ((symbol ^ i64(state)) >= 0) continue;
        }
        const inStripe = usize(bit) & 3;
        const sign = firstColumn + usize(bit);
        const code = signCode(sign, inStripe);
        const context = usize(code & 0xf8);
        const state = load<u64>(context, CONTEXTS);
        const size = state & PROBABILITY;
        const rest = interval - size;
        const over = i64(offset - rest);
        const symbol = over ^ i64(rest - size);
        store<u64>(context, following(state, rest, symbol), CONTEXTS);
        interval = part(size, rest, over);
        offset = within(rest, over);
        const shift = clz<u64>(interval) - 1;
        interval <<= shift;
        offset <<= shift;
        if (u32(offset) == 0) offset = refilled(offset);
        const negative = u32(u64(symbol ^ i64(state)) >> 63) ^ (code & 1);
        store<u8>(sign, u8(negative + 1), SIGNS);

        const own = u32(1) << u32(inStripe * 3);
        setNeighbour(column - 4, own << 5);
        setNeighbour(column, own << 4);
        setNeighbour(column + 4, own << 3);
        const touched = column + usize(load<i32>(inStripe << 2, TOUCHED_STRIPE));
        const there = load<u32>(inStripe << 2, TOUCHED_BIT);
        setNeighbour(touched - 4, there << 2);
        setNeighbour(touched, there << 1);
        setNeighbour(touched + 4, there);

        const becomes = u64(1) << bit;
        found |= becomes;
        if (!cleaning) {
          // What comes later in this word and has a significant neighbour only now.
          const three = becomes | ((becomes << 1) & ~TOP_ROW) | ((becomes >> 1) & ~BOTTOM_ROW);
          const more = (three | (three << 4)) & insignificant & ~(becomes | (becomes - 1));
          remaining |= more;
          visited |= more;
        }
      }
      if (!cleaning) store<u64>(word, visited, VISITED);
      store<u64>(word, load<u64>(word, SIGNIFICANT) | found, SIGNIFICANT);
      store<u64>(planeWord, load<u64>(planeWord, PLANES) | found, PLANES);
    }
  }
  store<u64>(0, interval, INTERVAL);
  store<u64>(0, offset, OFFSET);
}

/** One bit more of what was significant before this plane. */
export function refinement(plane: usize): void {
  let interval = load<u64>(0, INTERVAL);
  let offset = load<u64>(0, OFFSET);
  const words = (usize(load<u32>(0, WIDTH)) + 15) >> 4;
  const height = usize(load<u32>(0, HEIGHT));
  const row = (words + 2) << 3;
  let planeWord = plane << PLANE_SHIFT;
  for (let top: usize = 0; top < height; top += 4) {
    for (let index: usize = 0; index < words; index++, planeWord += 8) {
      const word = ((top >> 2) + 1) * row + ((index + 1) << 3);
      const found = load<u64>(planeWord, PLANES);
      let remaining = load<u64>(word, SIGNIFICANT) & ~found;
      if (remaining == 0) continue;
      const refined = load<u64>(word, REFINED);
      store<u64>(word, refined | remaining, REFINED);
      const near = nextToSignificant(word, row);
      let ones: u64 = 0;
      do {
        const bit = remaining & (0 - remaining);
        remaining ^= bit;
        // Table D.4.
        const first = select<usize>(REFINEMENT + 8, REFINEMENT, i32((near & bit) != 0));
        const context = select<usize>(REFINEMENT + 16, first, i32((refined & bit) != 0));
        const state = load<u64>(context, CONTEXTS);
        const size = state & PROBABILITY;
        const rest = interval - size;
        const over = i64(offset - rest);
        const symbol = over ^ i64(rest - size);
        store<u64>(context, following(state, rest, symbol), CONTEXTS);
        interval = part(size, rest, over);
        offset = within(rest, over);
        const shift = clz<u64>(interval) - 1;
        interval <<= shift;
        offset <<= shift;
        if (u32(offset) == 0) offset = refilled(offset);
        ones |= bit & u64((symbol ^ i64(state)) >> 63);
      } while (remaining != 0);
      store<u64>(planeWord, found | ones, PLANES);
    }
  }
  store<u64>(0, interval, INTERVAL);
  store<u64>(0, offset, OFFSET);
}
