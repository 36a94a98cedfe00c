/**
 * The reversible 5/3 wavelet transform, backward: four subbands into the next higher resolution, rows and columns in one
 * go so that a row is still in the cache when the columns need it.
 *
 *     synthesise(low, highAcross, highDown, high, width, height, odd);
 *
 * Every image here has rows of `stride(width)` bytes, so much more than their samples that a row can be extended at both
 * ends and worked on by fours. Source: ITU-T T.800 annex F.3.
 */

/** Bytes from a row of 32-bit samples to the next. */
export function stride(width: usize): usize {
  return (((width + 7) & ~7) + 8) << 2;
}

/** A row's low half, before it takes its place between the high one's samples. */
const LOW_ROW_ROOM: usize = 16;

/**
 * @param odd bit 0: the first column is a high one, bit 1: the first row is
 * @param spare room for a row of samples, and a little before it
 */
export function synthesise(
  low: usize,
  highAcross: usize,
  highDown: usize,
  high: usize,
  width: usize,
  height: usize,
  odd: u32,
  spare: usize,
  target: usize,
): void {
  const oddColumn = usize(odd & 1);
  const oddRow = usize(odd >> 1);
  const lowWidth = (width + 1 - oddColumn) >> 1;
  const lowStride = stride(lowWidth);
  const highStride = stride(width - lowWidth);
  const rowStride = stride(width);
  for (let y: usize = 0; y < height + 2; y++) {
    if (y < height) {
      const row = y >> 1;
      const isHigh = (y & 1) != oddRow;
      const left = (isHigh ? highDown : low) + row * lowStride;
      const right = (isHigh ? high : highAcross) + row * highStride;
      synthesiseRow(left, right, width, oddColumn, spare + LOW_ROW_ROOM, target + y * rowStride);
    }
    if (height == 1) {
      if (oddRow == 1 && y == 0) halve(target, width);
      continue;
    }
    // A low row as soon as the one behind it is there, then the high row before it.
    const even = y - 1;
    if ((y & 1) == oddRow) continue;
    if (y >= 1 && even < height) liftRow(target, even, rowStride, width, height, true);
    if (y >= 2 && y - 2 < height) liftRow(target, y - 2, rowStride, width, height, false);
  }
}

/** Of a single row, or column, that is a high one, half is left; toward zero, as OpenJPEG has it. */
function halve(row: usize, width: usize): void {
  for (let x: usize = 0; x < width << 2; x += 4) store<i32>(row + x, load<i32>(row + x) / 2);
}

/** Takes from a low row what its neighbours say, or adds it to a high one. Beyond the edges rows are mirrored. */
function liftRow(target: usize, y: usize, rowStride: usize, width: usize, height: usize, low: bool): void {
  const row = target + y * rowStride;
  const above = y == 0 ? row + rowStride : row - rowStride;
  const below = y + 1 == height ? row - rowStride : row + rowStride;
  const bytes = width << 2;
  if (low) {
    const two = i32x4.splat(2);
    for (let x: usize = 0; x < bytes; x += 16) {
      const sum = i32x4.add(i32x4.add(v128.load(above + x), v128.load(below + x)), two);
      v128.store(row + x, i32x4.sub(v128.load(row + x), i32x4.shr_s(sum, 2)));
    }
  } else {
    for (let x: usize = 0; x < bytes; x += 16) {
      const sum = i32x4.add(v128.load(above + x), v128.load(below + x));
      v128.store(row + x, i32x4.add(v128.load(row + x), i32x4.shr_s(sum, 1)));
    }
  }
}

/** Low and high samples of a row into the row. @param odd 1 when the first one is a high one */
function synthesiseRow(low: usize, high: usize, width: usize, odd: usize, spare: usize, target: usize): void {
  const lows = (width + 1 - odd) >> 1;
  const highs = width - lows;
  if (width == 1) {
    store<i32>(target, odd == 1 ? load<i32>(high) / 2 : load<i32>(low));
    return;
  }
  store<i32>(high - 4, load<i32>(high));
  store<i32>(high + (highs << 2), load<i32>(high + ((highs - 1) << 2)));
  const two = i32x4.splat(2);
  // A low sample lies between two high ones, the first of which is its own number's, or in even rows the one before.
  const before = high - 4 + (odd << 2);
  for (let x: usize = 0; x < lows << 2; x += 16) {
    const sum = i32x4.add(i32x4.add(v128.load(before + x), v128.load(before + x, 4)), two);
    v128.store(spare + x, i32x4.sub(v128.load(low + x), i32x4.shr_s(sum, 2)));
  }
  store<i32>(spare - 4, load<i32>(spare));
  store<i32>(spare + (lows << 2), load<i32>(spare + ((lows - 1) << 2)));
  const lowBefore = spare - (odd << 2);
  const most = max(lows, highs) << 2;
  for (let x: usize = 0; x < most; x += 16) {
    const sum = i32x4.add(v128.load(lowBefore + x), v128.load(lowBefore + x, 4));
    const between = i32x4.add(v128.load(high + x), i32x4.shr_s(sum, 1));
    const own = v128.load(spare + x);
    const first = odd == 1 ? between : own;
    const second = odd == 1 ? own : between;
    v128.store(target + 2 * x, i32x4.shuffle(first, second, 0, 4, 1, 5));
    v128.store(target + 2 * x, i32x4.shuffle(first, second, 2, 6, 3, 7), 16);
  }
}
