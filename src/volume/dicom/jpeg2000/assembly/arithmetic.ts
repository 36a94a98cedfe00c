/**
 * The arithmetic decoder (MQ) without branches: interval and offset in the top of 64-bit words, the offset counted from
 * the more probable end, bits brought in by words of 32.
 *
 *     const state = load<u64>(context, CONTEXTS);
 *     const size = state & PROBABILITY;
 *     const rest = interval - size;
 *     const over = i64(offset - rest);                    // below 0: in the interval's more probable part
 *     const symbol = over ^ i64(rest - size);             // below 0: the more probable symbol
 *     store<u64>(context, following(state, rest, symbol), CONTEXTS);
 *     // the decision is the sign bit of (symbol ^ state)
 *     interval = part(size, rest, over);
 *     offset = within(rest, over);
 *     const shift = clz(interval) - 1;
 *     interval <<= shift;
 *     offset <<= shift;
 *     if (u32(offset) == 0) offset = refilled(offset);
 *
 * These lines stand where a decision is made, because interval and offset must be local variables to stay in registers.
 * In a noisy image nothing is less predictable than these decisions: what a branch would guess wrongly costs more than
 * doing both sides. Source: ITU-T T.800 annex C; counting from the other end is its J.1.
 */
import { BITS, CONTEXTS, INTERVAL, LAST, NEXT, OFFSET, STATES } from "./memory";

/** The bits of a state that hold the less probable symbol's part of the interval (Qe). */
export const PROBABILITY: u64 = 0x7fff800000000000;
/** An interval shorter than this is brought back to it. */
export const NORMAL: u64 = 0x4000000000000000;

/** Table C.2: Qe, the next state after a more and a less probable symbol, and whether the latter swaps them. */
const table = memory.data<u16>([
  0x5601, 1, 1, 1, 0x3401, 2, 6, 0, 0x1801, 3, 9, 0, 0x0ac1, 4, 12, 0, 0x0521, 5, 29, 0, 0x0221, 38, 33, 0,
  0x5601, 7, 6, 1, 0x5401, 8, 14, 0, 0x4801, 9, 14, 0, 0x3801, 10, 14, 0, 0x3001, 11, 17, 0, 0x2401, 12, 18, 0,
  0x1c01, 13, 20, 0, 0x1601, 29, 21, 0, 0x5601, 15, 14, 1, 0x5401, 16, 14, 0, 0x5101, 17, 15, 0, 0x4801, 18, 16, 0,
  0x3801, 19, 17, 0, 0x3401, 20, 18, 0, 0x3001, 21, 19, 0, 0x2801, 22, 19, 0, 0x2401, 23, 20, 0, 0x2201, 24, 21, 0,
  0x1c01, 25, 22, 0, 0x1801, 26, 23, 0, 0x1601, 27, 24, 0, 0x1401, 28, 25, 0, 0x1201, 29, 26, 0, 0x1101, 30, 27, 0,
  0x0ac1, 31, 28, 0, 0x09c1, 32, 29, 0, 0x08a1, 33, 30, 0, 0x0521, 34, 31, 0, 0x0441, 35, 32, 0, 0x02a1, 36, 33, 0,
  0x0221, 37, 34, 0, 0x0141, 38, 35, 0, 0x0111, 39, 36, 0, 0x0085, 40, 37, 0, 0x0049, 41, 38, 0, 0x0025, 42, 39, 0,
  0x0015, 43, 40, 0, 0x0009, 44, 41, 0, 0x0005, 45, 42, 0, 0x0001, 45, 43, 0, 0x5601, 46, 46, 0,
]);

function entry(index: usize, column: usize): usize {
  return usize(load<u16>(table + index * 8 + column * 2));
}

/**
 * A state in one word: in its sign bit whether the more probable symbol is 0, below it Qe, and in the low half the
 * address of the two states that may follow.
 */
function state(index: usize, symbol: usize): u64 {
  const follows = STATES + (index * 2 + symbol) * 16;
  return (u64(symbol ^ 1) << 63) | (u64(entry(index, 0)) << 47) | u64(follows);
}

export function prepareStates(): void {
  for (let index: usize = 0; index < 47; index++) {
    for (let symbol: usize = 0; symbol < 2; symbol++) {
      const follows = STATES + (index * 2 + symbol) * 16;
      store<u64>(follows, state(entry(index, 1), symbol));
      store<u64>(follows, state(entry(index, 2), symbol ^ entry(index, 3)), 8);
    }
  }
}

/** Table D.7. */
export function resetContexts(): void {
  for (let context: usize = 0; context < 19; context++) store<u64>(context * 8, state(0, 0), CONTEXTS);
  store<u64>(0, state(4, 0), CONTEXTS);
  store<u64>(RUN, state(3, 0), CONTEXTS);
  store<u64>(UNIFORM, state(46, 0), CONTEXTS);
}

/** Contexts by their place among CONTEXTS (table D.1 to D.6): refinement's first of three, a run's, and the uniform. */
export const REFINEMENT: usize = 14 * 8;
export const RUN: usize = 17 * 8;
export const UNIFORM: usize = 18 * 8;

/** A more probable symbol changes the state only where the interval has become short. */
// @ts-ignore: decorator
@inline
export function following(state: u64, rest: u64, symbol: i64): u64 {
  const more = load<u64>(usize(state));
  const less = load<u64>(usize(state), 8);
  return select<u64>(select<u64>(more, state, rest < NORMAL), less, symbol < 0);
}

/** The part of the interval the offset lies in: `rest` where `over` is below 0, else `size`. */
// @ts-ignore: decorator
@inline
export function part(size: u64, rest: u64, over: i64): u64 {
  return size + ((rest - size) & u64(over >> 63));
}

/** The offset within that part. */
// @ts-ignore: decorator
@inline
export function within(rest: u64, over: i64): u64 {
  return u64(over) + (rest & u64(over >> 63));
}

/**
 * Behind the offset's bits stands a 1 and then zeros. When it has left the low half there is room for 32 bits more.
 * Behind the last word zeros follow without end (C.3.4 feeds ones; here bits are inverted).
 */
// @ts-ignore: decorator
@inline
export function refilled(offset: u64): u64 {
  const next = usize(load<u32>(0, NEXT));
  store<u32>(0, min(u32(next) + 4, load<u32>(0, LAST)), NEXT);
  const mark = ctz<u64>(offset);
  return (offset ^ (u64(1) << mark)) | (((u64(load<u32>(next)) << 1) | 1) << (mark - 32));
}

/** One decision by itself, for the few that are made outside the passes. */
export function decision(context: usize): u32 {
  let interval = load<u64>(0, INTERVAL);
  let offset = load<u64>(0, OFFSET);
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
  store<u64>(0, interval, INTERVAL);
  store<u64>(0, offset, OFFSET);
  return u32(u64(symbol ^ i64(state)) >> 63);
}

/** Begins to decode `length` bytes. */
export function beginDecoding(from: usize, length: usize): void {
  store<u32>(0, u32(unstuff(from, length)), LAST);
  store<u64>(0, NORMAL, INTERVAL);
  // The highest bit is the interval's, and 0 (C.3.5).
  store<u64>(0, (u64(load<u32>(BITS)) << 30) | (1 << 29), OFFSET);
  store<u32>(0, u32(BITS) + 4, NEXT);
}

/**
 * Bytes into words of bits, inverted. Behind a byte FF comes one of seven bits, whose eighth is a carry; one greater than
 * 8F ends the data. Gives the address of the last word, which is zero.
 */
function unstuff(from: usize, length: usize): usize {
  const end = from + length;
  let to = BITS;
  let bits: u64 = 0;
  let count: u64 = 0;
  let before: u32 = 0;
  for (; from < end; from++) {
    const byte = u32(load<u8>(from));
    if (before == 0xff) {
      if (byte > 0x8f) break;
      bits = (bits << 7) + byte;
      count += 7;
      if (bits >> count != 0) {
        bits &= (u64(1) << count) - 1;
        carry(to);
      }
    } else {
      bits = (bits << 8) | byte;
      count += 8;
    }
    before = byte;
    if (count >= 32) {
      count -= 32;
      store<u32>(to, ~u32(bits >> count));
      to += 4;
      bits &= (u64(1) << count) - 1;
    }
  }
  const missing = 32 - count;
  store<u32>(to, ~u32((bits << missing) | ((u64(1) << missing) - 1)));
  store<u32>(to, 0, 4);
  return to + 4;
}

/** Adds one to the number that ends before `to`; its bits are inverted. */
function carry(to: usize): void {
  while (to > BITS) {
    to -= 4;
    const word = load<u32>(to);
    store<u32>(to, word - 1);
    if (word != 0) return;
  }
}
