/**
 * Where the network looked, laid on the CT.
 *
 *     const attention = resampleToVolume(field);        // 0..255 on the CT's grid
 *     const peaks = attentionPeaks(field);         // patient coordinates, one a map
 *
 * Each map (24 x 24 cells a slab in the paper) belongs to a position along the slice normal: bilinear between cells
 * in-plane, linear between positions. Outside the network's square and beyond the maps it is zero; for half a distance
 * before the first and after the last position the map is held. Maps are normalised one by one
 * (docs/method.md#stage-i), so a slab without a finding would glow as brightly as one with: on the CT each is weighted,
 * with its slab's probability.
 */
import { type CropGrid, type Geometry, type PatientPoint, toPatient, voxelPoint } from "../volume/index.ts";

/** How strongly the network looked at each voxel, 0 to 255 for 0 to 1, on the CT's grid. */
export interface AttentionVolume {
  readonly geometry: Geometry;
  readonly voxels: Uint8Array;
}

/** Maps a network gave, and where they lie. */
export interface AttentionField {
  /** The grid of the volume the network's input was cut from, and how its square lies on it. */
  readonly volume: Geometry;
  readonly plane: CropGrid;
  /** Cells a side of a map. */
  readonly cells: number;
  /** Network pixels from cell to cell, and the pixel at the centre of the first one. */
  readonly cellStride: number;
  readonly cellOffset: number;
  /** Of each map: millimetres along the slice normal from the first slice, ascending. */
  readonly positions: readonly number[];
  /** [map, row, column], 0 to 1. */
  readonly maps: Float32Array;
  /** Of each map, 0 to 1. */
  readonly weights: readonly number[];
}

/** For each voxel along one direction of the plane, the two cells it lies between. */
interface CellBlend {
  readonly lower: Int32Array;
  readonly upper: Int32Array;
  readonly share: Float32Array;
  /** First voxel inside the network's square, and the first one beyond it. */
  readonly from: number;
  readonly to: number;
}

function cellBlend(
  count: number,
  axis: { readonly offset: number; readonly ratio: number },
  { cells, cellStride, cellOffset, plane }: AttentionField,
): CellBlend {
  const lower = new Int32Array(count);
  const upper = new Int32Array(count);
  const share = new Float32Array(count);
  let from = count;
  let to = 0;
  for (let voxel = 0; voxel < count; voxel++) {
    const pixel = (voxel - axis.offset) / axis.ratio;
    if (pixel < -0.5 || pixel > plane.side - 0.5) continue;
    from = Math.min(from, voxel);
    to = voxel + 1;
    const cell = Math.min(Math.max((pixel - cellOffset) / cellStride, 0), cells - 1);
    lower[voxel] = Math.floor(cell);
    upper[voxel] = Math.min(Math.floor(cell) + 1, cells - 1);
    share[voxel] = cell - Math.floor(cell);
  }
  return { lower, upper, share, from, to };
}

/** The attention of all maps, weighted, on the grid of the volume (canonically oriented). */
export function resampleToVolume(field: AttentionField): AttentionVolume {
  const { volume: geometry, plane, cells } = field;
  const [columns, rows, slices] = geometry.size;
  const voxels = new Uint8Array(columns * rows * slices);
  const across = cellBlend(columns, plane.columns, field);
  const down = cellBlend(rows, plane.rows, field);
  const map = new Float32Array(cells * cells);
  const line = new Float32Array(cells);
  for (let slice = 0; slice < slices; slice++) {
    if (!mapAt(slice * geometry.spacing[2], field, map)) continue;
    for (let row = down.from; row < down.to; row++) {
      const above = down.lower[row]! * cells;
      const below = down.upper[row]! * cells;
      const share = down.share[row]!;
      let highest = 0;
      for (let cell = 0; cell < cells; cell++) {
        const value = map[above + cell]! * (1 - share) + map[below + cell]! * share;
        line[cell] = value;
        if (value > highest) highest = value;
      }
      if (highest === 0) continue;
      const start = (slice * rows + row) * columns;
      for (let column = across.from; column < across.to; column++) {
        const left = line[across.lower[column]!]!;
        voxels[start + column] = Math.round(
          255 * (left + across.share[column]! * (line[across.upper[column]!]! - left)),
        );
      }
    }
  }
  return { geometry, voxels };
}

/** The weighted map at a position along the normal, into `out`; false when it is zero there. */
function mapAt(position: number, { positions, maps, weights }: AttentionField, out: Float32Array): boolean {
  const last = positions.length - 1;
  const margin = last > 0 ? (positions[last]! - positions[0]!) / last / 2 : 0;
  if (last < 0 || position < positions[0]! - margin - 1e-6 || position > positions[last]! + margin + 1e-6) return false;
  let upper = positions.findIndex((centre) => centre >= position);
  if (upper < 0) upper = last;
  const lower = Math.max(0, positions[upper]! > position ? upper - 1 : upper);
  const gap = positions[upper]! - positions[lower]!;
  const share = gap > 0 ? Math.min(1, (position - positions[lower]!) / gap) : 0;
  const fromLower = (1 - share) * weights[lower]!;
  const fromUpper = share * weights[upper]!;
  let any = false;
  for (let cell = 0; cell < out.length; cell++) {
    const value = fromLower * maps[lower * out.length + cell]! + fromUpper * maps[upper * out.length + cell]!;
    out[cell] = value;
    if (value > 0) any = true;
  }
  return any;
}

/**
 * Of each map the point its network looked at hardest: from the highest cell, the centre of what exceeds half of it
 * among the cell and its eight neighbours, followed until it stays in its cell. null where the map is all zero.
 */
export function attentionPeaks(field: AttentionField): (PatientPoint | null)[] {
  const { cells, maps, positions } = field;
  return positions.map((position, index) => {
    const map = maps.subarray(index * cells * cells, (index + 1) * cells * cells);
    let best = 0;
    for (let cell = 1; cell < map.length; cell++) if (map[cell]! > map[best]!) best = cell;
    if (!(map[best]! > 0)) return null;
    let at: readonly [number, number] = [best % cells, Math.floor(best / cells)];
    // On a plateau of equal cells the first one is highest by chance; the centre moves to the plateau's middle.
    for (let step = 0; step < cells; step++) {
      const next = centreAround(map, cells, Math.round(at[0]), Math.round(at[1]), map[best]! / 2);
      const stays = Math.round(next[0]) === Math.round(at[0]) && Math.round(next[1]) === Math.round(at[1]);
      at = next;
      if (stays) break;
    }
    return cellPoint(field, at[0], at[1], position);
  });
}

/** The mean place of the cells around one, each weighted with what it has above a floor. */
function centreAround(
  map: Float32Array,
  cells: number,
  column: number,
  row: number,
  floor: number,
): readonly [number, number] {
  let [x, y, sum] = [0, 0, 0];
  for (let down = Math.max(0, row - 1); down <= Math.min(cells - 1, row + 1); down++) {
    for (let across = Math.max(0, column - 1); across <= Math.min(cells - 1, column + 1); across++) {
      const weight = Math.max(0, map[down * cells + across]! - floor);
      x += weight * across;
      y += weight * down;
      sum += weight;
    }
  }
  return sum > 0 ? [x / sum, y / sum] : [column, row];
}

/** Where a cell of the map at a position lies in the patient; fractions lie between cells. */
export function cellPoint(field: AttentionField, column: number, row: number, position: number): PatientPoint {
  const { volume, plane, cellStride, cellOffset } = field;
  const along = (axis: CropGrid["columns"], cell: number) =>
    axis.offset + (cellOffset + cell * cellStride) * axis.ratio;
  return toPatient(
    volume,
    voxelPoint(along(plane.columns, column), along(plane.rows, row), position / volume.spacing[2]),
  );
}
