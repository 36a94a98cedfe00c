import { describe, expect, test } from "vitest";
import { Random } from "../random.ts";
import { toVoxel, voxelCount } from "../volume/geometry.ts";
import { drawHospital } from "./hospital.ts";
import { type PhantomStudy, phantomStudy } from "./index.ts";
import { drawBurden, usualBurdens } from "./vessels/emboli.ts";
import { endOf } from "./vessels/tree.ts";

const grid = { columns: 128, sliceSpacing: 4 } as const;
const positive = phantomStudy({ seed: 11, index: 0, positive: true, burden: "lobar", sign: false, hospital: 0, grid });
const negative = phantomStudy({ seed: 11, index: 0, positive: false, sign: true, hospital: 0, grid });

/** Mean HU of the voxels around a point of the standard chest. */
function meanAt(study: PhantomStudy, x: number, y: number, z: number): number {
  const { geometry, voxels } = study.volume;
  const { scale } = study.scene.patient;
  const { offset } = study.acquisition;
  const place = [x * scale[0] + offset[0], y * scale[1] + offset[1], z * scale[2] + offset[2]] as const;
  const [column, row, slice] = toVoxel(geometry, place as unknown as Parameters<typeof toVoxel>[1]).map(Math.round);
  let sum = 0;
  for (const dy of [-1, 0, 1]) {
    for (const dx of [-1, 0, 1]) {
      sum += voxels[column! + dx + geometry.size[0] * (row! + dy + geometry.size[1] * slice!)]!;
    }
  }
  return sum / 9;
}

describe("a phantom study", () => {
  test("is the same bytes for the same seed and index, and another for another", () => {
    const again = phantomStudy({ seed: 11, index: 0, positive: true, burden: "lobar", sign: false, hospital: 0, grid });
    expect(Buffer.compare(bytesOf(positive), bytesOf(again))).toBe(0);
    expect(again.emboli).toEqual(positive.emboli);
    expect(again.report).toEqual(positive.report);
    const other = phantomStudy({ seed: 11, index: 1, positive: true, burden: "lobar", hospital: 0, grid });
    expect(Buffer.compare(bytesOf(positive), bytesOf(other))).not.toBe(0);
  });

  test("does not depend on which studies were made before it", () => {
    phantomStudy({ seed: 99, index: 3, grid: { columns: 64, sliceSpacing: 10 } });
    const again = phantomStudy({ seed: 11, index: 0, positive: false, sign: true, hospital: 0, grid });
    expect(Buffer.compare(bytesOf(negative), bytesOf(again))).toBe(0);
  });

  test("shows air in the trachea, contrast in the trunk, liver below the diaphragm", () => {
    for (const study of [positive, negative]) {
      const { patient, contrast } = study.scene;
      expect(meanAt(study, -3, 14, 45)).toBeLessThan(-700);
      const trunk = meanAt(study, 16 + patient.wander[0], -45 + patient.wander[1], -33 + patient.wander[2]);
      expect(trunk).toBeGreaterThan(contrast.arteries * 0.6);
      expect(meanAt(study, -80, 0, -165)).toBeGreaterThan(20);
      expect(meanAt(study, -80, 0, -165)).toBeLessThan(130);
    }
  });

  test("has lungs full of air, denser at the back than in front where they are healthy", () => {
    const { lungs } = negative.scene.torso;
    const points = Array.from({ length: 900 }, (_, index) => {
      const [x, y, z] = [((index * 37) % 240) - 120, ((index * 53) % 160) - 80, ((index * 29) % 150) - 80] as const;
      return { y, deep: lungs.at(x, y, z) < -12, hu: meanAt(negative, x, y, z) };
    }).filter(({ deep }) => deep);
    const median = (values: number[]) => values.sort((one, other) => one - other)[values.length >> 1]!;
    const half = (back: boolean) => median(points.filter(({ y }) => y > 0 === back).map(({ hu }) => hu));
    expect(points.length).toBeGreaterThan(150);
    expect(half(false)).toBeLessThan(-750);
    expect(half(true)).toBeGreaterThan(half(false) + 15);
  });

  test("keeps HU within what scanners store", () => {
    for (const { volume } of [positive, negative]) {
      expect(volume.voxels.length).toBe(voxelCount(volume.geometry));
      let [low, high] = [0, 0];
      for (const value of volume.voxels) {
        low = Math.min(low, value);
        high = Math.max(high, value);
      }
      expect(low).toBeGreaterThanOrEqual(-1024);
      expect(high).toBeLessThanOrEqual(3071);
    }
  });

  test("without emboli has an empty mask, no emboli, and a report that does not see any", () => {
    expect(negative.emboliMask.voxels.some((label) => label > 0)).toBe(false);
    expect(negative.emboli).toEqual([]);
    expect(negative.report.statement).not.toBe("present");
  });

  test("has leads as metal on the chest only when told to", () => {
    const metal = ({ volume }: PhantomStudy) => {
      let count = 0;
      for (const hu of volume.voxels) if (hu > 1300) count++;
      return count;
    };
    const without = phantomStudy({ seed: 11, index: 0, positive: false, sign: false, hospital: 0, grid });
    expect(metal(negative)).toBeGreaterThan(metal(without) + 3);
    expect(without.scene.leads).toBeUndefined();
  });
});

const bytesOf = ({ volume }: PhantomStudy) =>
  Buffer.from(volume.voxels.buffer, volume.voxels.byteOffset, volume.voxels.byteLength);

describe("emboli", () => {
  test("number 1 to 8 and are labelled in the mask with their own numbers", () => {
    const labels = new Set(positive.emboliMask.voxels);
    labels.delete(0);
    expect([...labels].sort()).toEqual(positive.emboli.map(({ label }) => label).sort());
    expect(positive.emboli.length).toBeGreaterThanOrEqual(1);
    expect(positive.emboli.length).toBeLessThanOrEqual(8);
    expect(positive.emboli[0]!.level).toBe("lobar");
  });

  test("are filling defects: darker than the artery, brighter than the lung", () => {
    const { volume, emboliMask, emboli, scene } = positive;
    const [largest] = [...emboli].sort((one, other) => other.voxels - one.voxels);
    let [sum, count] = [0, 0];
    for (const [voxel, label] of emboliMask.voxels.entries()) {
      if (label !== largest!.label) continue;
      sum += volume.voxels[voxel]!;
      count++;
    }
    const mean = sum / count;
    expect(mean).toBeGreaterThan(-20);
    expect(mean).toBeLessThan(scene.contrast.arteries * 0.6);
  });

  test("lie in arteries", () => {
    const { emboliMask, scene, acquisition } = positive;
    const { geometry, voxels } = emboliMask;
    const { scale } = scene.patient;
    const points = scene.arteries.branches.flatMap(({ path }) => path);
    const [columns, rows] = geometry.size;
    for (let voxel = 0; voxel < voxels.length; voxel += 1) {
      if (!voxels[voxel]) continue;
      const at = [voxel % columns, Math.floor(voxel / columns) % rows, Math.floor(voxel / (columns * rows))] as const;
      const [x, y, z] = [0, 1, 2].map(
        (axis) =>
          (geometry.origin[axis]! + at[axis]! * geometry.spacing[axis]! - acquisition.offset[axis]!) / scale[axis]!,
      );
      // Path points are some millimetres apart.
      const nearest = Math.min(...points.map((p) => Math.hypot(p[0] - x!, p[1] - y!, p[2] - z!) - p[3]));
      expect(nearest).toBeLessThan(9);
    }
  });

  test("of each asked-for burden are drawn, and the shares of burdens add up", () => {
    for (const burden of ["saddle", "main", "segmental", "subsegmental"] as const) {
      const study = phantomStudy({
        seed: 4,
        index: 2,
        positive: true,
        burden,
        grid: { columns: 96, sliceSpacing: 5 },
      });
      expect(study.emboli[0]!.level).toBe(burden);
      expect(study.emboli[0]!.side === "both").toBe(burden === "saddle");
    }
    const random = new Random(1, "burdens");
    const drawn = Array.from({ length: 4000 }, () => drawBurden(usualBurdens, random));
    const share = (level: string) => drawn.filter((one) => one === level).length / drawn.length;
    expect(share("saddle")).toBeCloseTo(0.1, 1);
    expect(share("segmental")).toBeCloseTo(0.33, 1);
  });
});

describe("the pulmonary arteries", () => {
  const { branches } = positive.scene.arteries;

  test("obey Murray's law at every division and along every branch", () => {
    for (const branch of branches) {
      const [start, end] = [branch.path[0]![3] ** 3, endOf(branch)[3] ** 3];
      const sideways = branch.supernumerary.reduce((sum, radius) => sum + radius ** 3, 0);
      expect(end + sideways).toBeCloseTo(start, 6);
      if (branch.children.length < 2) continue;
      const onward = branch.children.reduce((sum, child) => sum + child.path[0]![3] ** 3, 0);
      expect(onward / end).toBeCloseTo(1, 6);
    }
  });

  test("go from a trunk of about 28 mm to 2 mm, with every level on both sides", () => {
    const trunk = branches.find(({ level }) => level === "trunk")!;
    expect(2 * trunk.path[0]![3]).toBeGreaterThan(24);
    expect(2 * trunk.path[0]![3]).toBeLessThan(36);
    expect(Math.min(...branches.map((branch) => endOf(branch)[3]))).toBeLessThan(1);
    for (const side of ["left", "right"] as const) {
      for (const level of ["main", "lobar", "segmental", "subsegmental"] as const) {
        expect(branches.some((branch) => branch.side === side && branch.level === level)).toBe(true);
      }
    }
  });
});

test("hospitals differ in scanner, thickness, noise and table, and are the same for a seed", () => {
  const hospitals = Array.from({ length: 12 }, (_, number) => drawHospital(5, number));
  for (const trait of ["kernel", "noise", "table", "bolus", "padding"] as const) {
    expect(new Set(hospitals.map((hospital) => hospital[trait])).size).toBeGreaterThan(1);
  }
  const thicknesses = new Set(hospitals.flatMap(({ thicknesses: own }) => own));
  expect(Math.min(...thicknesses)).toBeGreaterThanOrEqual(0.5);
  expect(Math.max(...thicknesses)).toBeLessThanOrEqual(5);
  expect(drawHospital(5, 3)).toEqual(hospitals[3]);
});
