/**
 * The tables that give a decision its context.
 *
 *     prepareContexts();      // once, before the first code block
 *
 * Source: ITU-T T.800 annex D.3, tables D.1 to D.3.
 */
import { SIGN_TABLE, SIGNIFICANCE_TABLES } from "./memory";

export function prepareContexts(): void {
  for (let orientation: usize = 0; orientation < 4; orientation++) {
    for (let around: u32 = 0; around < 512; around++) {
      const context = significanceContext(orientation, around);
      store<u8>(SIGNIFICANCE_TABLES + orientation * 512 + around, u8(context * 8));
    }
  }
  for (let signs: u32 = 0; signs < 256; signs++) store<u8>(SIGN_TABLE + signs, signContext(signs));
}

/** @param around bits of the 3 x 3 neighbourhood, row by row */
function significanceContext(orientation: usize, around: u32): u32 {
  const diagonal = (around & 1) + ((around >> 2) & 1) + ((around >> 6) & 1) + ((around >> 8) & 1);
  let horizontal = ((around >> 3) & 1) + ((around >> 5) & 1);
  let vertical = ((around >> 1) & 1) + ((around >> 7) & 1);
  if (orientation == 3) {
    const straight = min(horizontal + vertical, 2);
    if (diagonal >= 3) return 8;
    if (diagonal == 2) return straight == 0 ? 6 : 7;
    return diagonal * 3 + straight;
  }
  if (orientation == 1) {
    const swapped = horizontal;
    horizontal = vertical;
    vertical = swapped;
  }
  if (horizontal == 2) return 8;
  if (horizontal == 1) return vertical > 0 ? 7 : diagonal > 0 ? 6 : 5;
  return vertical > 0 ? 2 + vertical : min(diagonal, 2);
}

/**
 * The context's place, and in the lowest bit whether the decision is flipped.
 * @param signs two bits each for left, right, above and below: 0 insignificant, 1 positive, 2 negative
 */
function signContext(signs: u32): u8 {
  const horizontal = contribution(signs & 3, (signs >> 2) & 3);
  const vertical = contribution((signs >> 4) & 3, signs >> 6);
  const sum = horizontal * 3 + vertical;
  return u8(((9 + abs(sum)) << 3) | i32(sum < 0));
}

function contribution(one: u32, other: u32): i32 {
  return max(-1, min(1, signOf(one) + signOf(other)));
}

function signOf(sign: u32): i32 {
  return sign == 1 ? 1 : sign == 2 ? -1 : 0;
}
