/**
 * One synthetic study: the CT in HU, the emboli outlined, and what a radiologist would have written.
 *
 *     const study = phantomStudy({ seed: 1, index: 12, prevalence: 0.4 });
 *     study.volume.voxels;                  // HU
 *     study.emboliMask.voxels;              // 0, or the number of the embolus
 *
 * A pure function: the same settings give the same bytes, on any machine, without touching a file.
 */
import { Random } from "../random.ts";
import { type Geometry, patientPoint } from "../volume/geometry.ts";
import type { Mask, Volume } from "../volume/volume.ts";
import type { Embolus } from "./embolus.ts";
import { type Acquisition, drawAcquisition, drawHospital, type GridChoice, type Hospital } from "./hospital.ts";
import { renderScene } from "./render/render.ts";
import { studyFacts } from "./report/facts.ts";
import { type PhantomReport, writeReport } from "./report/report.ts";
import { buildScene, type Scene } from "./scene.ts";
import type { EmbolusLevel } from "./vessels/emboli.ts";

export interface PhantomSettings {
  readonly seed: number;
  /** Number of the study under the seed. */
  readonly index: number;
  /** Share of studies with emboli, .35 when absent; or whether this one has any. */
  readonly prevalence?: number;
  readonly positive?: boolean;
  /** Number of hospitals the studies come from, 1 to 26, 4 when absent; or which one this is. */
  readonly hospitals?: number;
  readonly hospital?: number;
  /** Where the largest embolus of a positive study lies; in the proportions of `usualBurdens` when absent. */
  readonly burden?: EmbolusLevel;
  /** Whether leads lie on the chest; at random (half of the studies) when absent. */
  readonly sign?: boolean;
  /** Another grid than the hospital's own. */
  readonly grid?: GridChoice;
}

export interface PhantomStudy {
  readonly volume: Volume;
  /** On the volume's grid: 0, or an embolus's label. */
  readonly emboliMask: Mask;
  readonly emboli: readonly Embolus[];
  /** What a radiologist would have written, and what that says of embolism. */
  readonly report: PhantomReport;
  readonly scene: Scene;
  readonly hospital: Hospital;
  readonly acquisition: Acquisition;
}

export function phantomStudy(settings: PhantomSettings): PhantomStudy {
  const { seed, index } = settings;
  const stream = (...names: string[]) => new Random(seed, "phantom", "study", index, ...names);
  const number = settings.hospital ?? stream("hospital").integer(settings.hospitals ?? 4);
  const hospital = drawHospital(seed, number);
  const positive = settings.positive ?? stream("label").chance(settings.prevalence ?? 0.35);
  const sign = settings.sign ?? stream("sign").chance(0.5);
  const scene = buildScene({ seed, index, positive, sign, bolus: hospital.bolus, burden: settings.burden });
  const acquisition = drawAcquisition(hospital, scene.patient, stream("acquisition"), settings.grid);
  const { hu, labels, millilitres, grid, levels } = renderScene(scene, acquisition, hospital, stream("rendering"));
  const { offset } = acquisition;
  const geometry: Geometry = {
    size: [grid.columns, grid.rows, levels.length],
    spacing: [grid.spacing, grid.spacing, acquisition.increment],
    origin: patientPoint(grid.left + offset[0], grid.front + offset[1], levels[0]! + offset[2]),
    axes: [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ],
  };
  const emboli = describeEmboli(scene, geometry, labels, millilitres);
  return {
    volume: { geometry, voxels: hu, warnings: [] },
    emboliMask: { geometry, voxels: labels },
    emboli,
    report: writeReport(studyFacts(scene, acquisition, emboli), stream("report")),
    scene,
    hospital,
    acquisition,
  };
}

/** The emboli that can be seen, which is those with a voxel in the mask. */
function describeEmboli(
  { emboli }: Scene,
  geometry: Geometry,
  labels: Uint8Array,
  millilitres: ReadonlyMap<number, number>,
): Embolus[] {
  const sums = new Map<number, [x: number, y: number, z: number, count: number]>();
  const [columns, rows] = geometry.size;
  for (let voxel = 0; voxel < labels.length; voxel++) {
    const label = labels[voxel]!;
    if (label === 0) continue;
    const sum = sums.get(label) ?? [0, 0, 0, 0];
    sum[0] += voxel % columns;
    sum[1] += Math.floor(voxel / columns) % rows;
    sum[2] += Math.floor(voxel / (columns * rows));
    sum[3]++;
    sums.set(label, sum);
  }
  return emboli.clots.flatMap((clot) => {
    const sum = sums.get(clot.label);
    if (!sum) return [];
    const { origin, spacing } = geometry;
    const [x, y, z, count] = sum;
    const { label, level, side, territory, age, occluding } = clot;
    return [
      {
        label,
        level,
        side,
        territory,
        age,
        occluding,
        centreMillimetres: patientPoint(
          origin[0] + (x / count) * spacing[0],
          origin[1] + (y / count) * spacing[1],
          origin[2] + (z / count) * spacing[2],
        ),
        millilitres: millilitres.get(label) ?? 0,
        voxels: count,
      },
    ];
  });
}
