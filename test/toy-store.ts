/**
 * A prepared store of toy studies for tests of training: grey noise, and in positive studies bright squares that are
 * outlined on every fourth slice. Easy to learn, quick to make, no CT needed.
 *
 *     const store = await toyStore(folder, { studies: 12, seed: 1 });
 */
import { type AnnotatedSlice, PreparedStore, type SlabStack } from "../src/cohort/index.ts";
import { Random } from "../src/random.ts";
import { type Preprocessing, patientPoint, scanSlabCount, tinyPreprocessing } from "../src/volume/index.ts";

export interface ToyOptions {
  readonly studies: number;
  readonly seed: number;
  readonly preprocessing?: Preprocessing;
  /** Slices of the stage I stack; the first 24 can be annotated. */
  readonly slices?: number;
}

const annotatedSlices = 24;
const square = 18;
/** Air around the body, as in a CT, so that a turned slab shows nothing new. */
const margin = 8;

export async function toyStore(
  folder: string,
  { studies, seed, preprocessing = tinyPreprocessing, slices = annotatedSlices }: ToyOptions,
): Promise<PreparedStore> {
  const store = await PreparedStore.create(folder, preprocessing);
  for (let index = 0; index < studies; index++) {
    const positive = index % 2 === 0;
    const random = new Random(seed, "toy", index);
    const place = {
      column: random.integer(preprocessing.crop - square),
      row: random.integer(preprocessing.crop - square),
    };
    const stageOne = noise(slices, preprocessing.crop, random);
    const scanCount = (scanSlabCount(preprocessing) - 1) * preprocessing.scanStride + preprocessing.slabSlices;
    const scan = noise(scanCount, preprocessing.crop, random);
    const annotated: AnnotatedSlice[] = [];
    if (positive) {
      for (let slice = 2; slice < slices - 2; slice++) draw(stageOne, slice, place);
      for (let slice = 6; slice < scanCount - 6; slice++) draw(scan, slice, place);
      for (let slice = 4; slice < annotatedSlices - 4; slice += 4) {
        annotated.push({ slice, positive: true, outline: outline(preprocessing.crop, place) });
      }
    }
    await store.put(
      {
        id: `toy-${String(index).padStart(3, "0")}`,
        patient: `p${index}`,
        hospital: "T",
        label: { value: positive ? "present" : "absent", origin: "simulation" },
        split: index % 6 < 4 ? "train" : "validation",
      },
      { stageOne, scan, annotated, warnings: [] },
      null,
    );
  }
  return store;
}

function noise(count: number, side: number, random: Random): SlabStack {
  return {
    geometry: {
      size: [side, side, count],
      spacing: [5, 5, 2.5],
      origin: patientPoint(-160, -160, -300),
      axes: [
        [1, 0, 0],
        [0, 1, 0],
        [0, 0, 1],
      ],
    },
    voxels: Uint8Array.from({ length: count * side * side }, (_, voxel) => {
      const [column, row] = [voxel % side, Math.floor(voxel / side) % side];
      const inside = Math.min(column, row, side - 1 - column, side - 1 - row) >= margin;
      return inside ? 70 + (random.bits() & 63) : 0;
    }),
  };
}

interface Place {
  readonly column: number;
  readonly row: number;
}

function draw({ voxels, geometry }: SlabStack, slice: number, { column, row }: Place): void {
  const side = geometry.size[0];
  for (let y = row; y < row + square; y++) {
    const start = side * (y + side * slice) + column;
    voxels.fill(210, start, start + square);
  }
}

function outline(side: number, { column, row }: Place): Uint8Array {
  const drawn = new Uint8Array(side * side);
  for (let y = row; y < row + square; y++) drawn.fill(1, y * side + column, y * side + column + square);
  return drawn;
}
