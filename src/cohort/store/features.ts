/**
 * Stage I features of prepared studies, computed once and kept beside the pixels in float16.
 *
 *     const features = new FeatureStore(store, modelHash);
 *     if (!features.has(id)) await features.put(id, { shape: [50, 512, 24, 24], values, probabilities: scores });
 *     const probabilities = await features.read(id, batch, offset);
 *
 * features/<hash of the stage I model>/<id> is a Zarr v3 array, float16 [slab, channel, row, column], zstd, with the
 * slab probabilities and the prepared study's content hash in its attributes.
 */
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import * as zarr from "zarrita";
import { z } from "zod";
import { RefusedError } from "../../errors.ts";
import { FolderStore } from "./file-system.ts";
import { fromHalf, toHalf } from "./float16.ts";
import type { StudyRecord } from "./prepared.ts";
import type { PreparedStore } from "./store.ts";

export type FeatureShape = readonly [slabs: number, channels: number, rows: number, columns: number];

export interface StudyFeatures {
  readonly shape: FeatureShape;
  /** Stage I's last feature map after activation, slab by slab. */
  readonly values: Float32Array;
  /** Stage I's probability of each slab. */
  readonly probabilities: readonly number[];
}

const attributesSchema = z.object({ content: z.string(), probabilities: z.array(z.number()) });

/** Slabs a chunk: at the paper's size 3 MB, so that reading a study holds little more than the study. */
const slabsAChunk = 5;

export class FeatureStore {
  readonly #folder: string;
  readonly #partial: string;

  /** @param model SHA-256 of the stage I weights and settings the features come from */
  constructor(store: PreparedStore, model: string) {
    this.#folder = join(store.folder, "features", model);
    this.#partial = join(store.folder, ".partial");
  }

  #open(id: string) {
    return zarr.open.v3(new FolderStore(join(this.#folder, id)), { kind: "array" });
  }

  /** Whether the features of this study, as it is prepared now, are there. */
  async has(record: StudyRecord): Promise<boolean> {
    if (!existsSync(join(this.#folder, record.id, "zarr.json"))) return false;
    const attributes = attributesSchema.safeParse((await this.#open(record.id)).attrs);
    return attributes.success && attributes.data.content === record.content;
  }

  async put(record: StudyRecord, { shape, values, probabilities }: StudyFeatures): Promise<void> {
    const beside = join(this.#partial, `features.${record.id}.${randomUUID().slice(0, 8)}`);
    const [slabs, channels, rows, columns] = shape;
    const array = await zarr.create(new FolderStore(beside, { half: true }), {
      shape: [...shape],
      chunkShape: [Math.min(slabs, slabsAChunk), channels, rows, columns],
      dtype: "uint16",
      codecs: [{ name: "zstd", configuration: { level: 1 } }],
      fillValue: 0,
      dimensionNames: ["slab", "channel", "row", "column"],
      attributes: { content: record.content, probabilities: [...probabilities] },
    });
    const stride = [channels * rows * columns, rows * columns, columns, 1];
    await zarr.set(array, null, { data: toHalf(values), shape: [...shape], stride });
    await mkdir(this.#folder, { recursive: true });
    const place = join(this.#folder, record.id);
    await rm(place, { recursive: true, force: true });
    await rename(beside, place);
  }

  /** Slabs, channels, rows, columns of a study's features. */
  async shape(id: string): Promise<FeatureShape> {
    const [slabs = 0, channels = 0, rows = 0, columns = 0] = (await this.#open(id)).shape;
    return [slabs, channels, rows, columns];
  }

  /** Reads a study's features into `into` from `offset` on; chunk by chunk, so only one is held besides. */
  async read(id: string, into: Float32Array, offset = 0): Promise<void> {
    const array = await this.#open(id);
    if (!array.is("uint16")) throw new RefusedError("store-invalid", `the features of "${id}" are not float16`);
    const [slabs = 0, ...map] = array.shape;
    const [perChunk = 1] = array.chunks;
    const size = map.reduce((product, length) => product * length, 1);
    for (let first = 0; first < slabs; first += perChunk) {
      const { data } = await array.getChunk([first / perChunk, 0, 0, 0]);
      fromHalf(data.subarray(0, Math.min(perChunk, slabs - first) * size), into, offset + first * size);
    }
  }

  /** Stage I's slab probabilities of a study. */
  async probabilities(id: string): Promise<readonly number[]> {
    return attributesSchema.parse((await this.#open(id)).attrs).probabilities;
  }
}
