import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { toyStore } from "../../test/toy-store.ts";
import type { StudyRecord } from "../cohort/index.ts";
import { epochSlabs, slabPool } from "./slabs.ts";

let folder: string;
let records: readonly StudyRecord[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "embolens-slabs-"));
  records = await (await toyStore(join(folder, "store"), { studies: 12, seed: 1 })).studies();
});
afterAll(() => rm(folder, { recursive: true }));

/** Level in the lungs of a slab, 0 at the base and 1 at the apex, worked out in millimetres. */
function levelOf(study: string, slice: number): number {
  const { stageOne, scan } = records.find(({ id }) => id === study)!;
  const height = stageOne.origin[2] + slice * stageOne.spacing[2];
  return (height - scan.origin[2]) / ((scan.size[2] - 1) * scan.spacing[2]);
}

describe("the slabs of an epoch", () => {
  it("are every annotated positive slice, each followed by a negative slab of a study without emboli", () => {
    const pool = slabPool(records, "train");
    const slabs = epochSlabs(pool, 1, 1, 0.7);
    expect(slabs).toHaveLength(2 * pool.positives.length);
    expect(slabs.filter((_, at) => at % 2 === 0).every(({ positive }) => positive)).toBe(true);
    expect(new Set(slabs.filter(({ positive }) => positive).map(({ study, slice }) => `${study} ${slice}`)).size).toBe(
      pool.positives.length,
    );
    const absent = new Set(records.filter(({ label }) => label?.value === "absent").map(({ id }) => id));
    expect(slabs.filter(({ positive }) => !positive).every(({ study }) => absent.has(study))).toBe(true);
  });

  it("are the same for the same seed and epoch, and others in the next", () => {
    const pool = slabPool(records, "train");
    expect(epochSlabs(pool, 1, 2, 0.7)).toEqual(epochSlabs(pool, 1, 2, 0.7));
    expect(epochSlabs(pool, 1, 2, 0.7)).not.toEqual(epochSlabs(pool, 1, 3, 0.7));
  });

  it("hold negatives at the level of their positive where they are matched, and anywhere where they are not", () => {
    const pool = slabPool(records, "train");
    const apart = (matched: number) => {
      const distances: number[] = [];
      for (let epoch = 1; epoch <= 20; epoch++) {
        const slabs = epochSlabs(pool, 1, epoch, matched);
        for (let at = 0; at < slabs.length; at += 2) {
          const [positive, negative] = [slabs[at]!, slabs[at + 1]!];
          distances.push(Math.abs(levelOf(positive.study, positive.slice) - levelOf(negative.study, negative.slice)));
        }
      }
      return distances.sort((a, b) => a - b);
    };
    const near = apart(1);
    const far = apart(0);
    expect(near[Math.floor(near.length * 0.9)]).toBeLessThan(0.2);
    expect(far[Math.floor(far.length * 0.5)]).toBeGreaterThan(0.1);
  });
});
