/**
 * Where everything lies in the module's memory: tables, one code block at work, and behind them the caller's images.
 *
 *     load<u64>(word, SIGNIFICANT)      // the bits of a word at offset `word`
 *
 * A code block is kept as bits, one for each coefficient, in words of 16 columns by the 4 rows of a stripe: bit
 * 4 * column + row, which is the order in which the passes visit them (ITU-T T.800 D.1). Words lie stripe after stripe;
 * those of SIGNIFICANT, REFINED and VISITED have a border of zeros on all sides.
 */

/** Adaptive states of the arithmetic decoder: 94 pairs of what follows a more and a less probable symbol. */
export const STATES: usize = 2048;
/** State of each of the 19 contexts. */
export const CONTEXTS: usize = 3584;
/** Contexts of a coefficient's significance, by its neighbours' bits: one table for each orientation of subband. */
export const SIGNIFICANCE_TABLES: usize = 4096;
/** The one of them that belongs to this code block. */
export const SIGNIFICANCE_TABLE: usize = 6144;
/** Context and flip of a sign, by its neighbours' signs. */
export const SIGN_TABLE: usize = 6656;

/** By row in its stripe: from a column's neighbour bits to those of the stripe that touches the row, and its bit there. */
export const TOUCHED_STRIPE: usize = 6912;
export const TOUCHED_BIT: usize = 6928;
/** By row in its stripe: from a sign to the ones above and below. */
export const SIGN_ABOVE: usize = 6944;
export const SIGN_BELOW: usize = 6960;

/** The arithmetic decoder between passes: interval, offset, next word of bits, and the last one. */
export const INTERVAL: usize = 6976;
export const OFFSET: usize = 6984;
export const NEXT: usize = 6992;
export const LAST: usize = 6996;
/** The code block's size. */
export const WIDTH: usize = 7000;
export const HEIGHT: usize = 7004;

/** A row of 16 coefficients that are not all wanted. */
export const SPARE_ROW: usize = 7040;

/** Words with a border: 258 stripes of 3 words at most. */
const WORDS: usize = 8192;
export const SIGNIFICANT: usize = 8192;
/** Refined at least once. */
export const REFINED: usize = SIGNIFICANT + WORDS;
/** Visited by the plane's first pass. */
export const VISITED: usize = REFINED + WORDS;
/** For each column of a stripe, with a border: significance of 6 rows by 3 columns, bit 3 * row + column. */
export const NEIGHBOURS: usize = VISITED + WORDS;
/** For each coefficient, with a border of columns and stripes: 0 insignificant, 1 positive, 2 negative. */
export const SIGNS: usize = NEIGHBOURS + 16384;
/** Magnitudes: for each bit plane 256 words, without a border. */
export const PLANES: usize = SIGNS + 16384;
export const PLANE_SHIFT: usize = 11;
/** The coded bits of the block, in words of 32. */
export const BITS: usize = PLANES + (24 << PLANE_SHIFT);
/** Room behind BITS for a block's bytes and what ends them. */
const BITS_ROOM: usize = 131072;
/** From here on the memory is the caller's. */
export const FREE: usize = BITS + BITS_ROOM;
