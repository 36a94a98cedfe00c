/**
 * Hospitals and how each of them scans.
 *
 *     const hospital = drawHospital(seed, 2);
 *     const acquisition = drawAcquisition(hospital, patient, random, undefined);
 *
 * A hospital has one scanner with its kernel, noise, table, slice thicknesses and habits of contrast; every study there
 * varies a little around them.
 */
import { Random } from "../random.ts";
import type { Patient } from "./anatomy/patient.ts";

export interface Hospital {
  /** "A7", "B7", … under seed 7: another seed's hospital A is another hospital. */
  readonly name: string;
  readonly manufacturer: string;
  readonly model: string;
  readonly kernel: string;
  /** Millimetres over which the kernel blurs an edge, and the bounds of its noise grain. */
  readonly blur: number;
  readonly grain: { readonly fine: number; readonly coarse: number };
  /** HU of noise in the middle of an ordinary chest at 1.25 mm. */
  readonly noise: number;
  readonly kilovolts: number;
  /** Slice thicknesses in use, millimetres. */
  readonly thicknesses: readonly number[];
  /** Slices are reconstructed every so many thicknesses: below 1 they overlap. */
  readonly increment: number;
  /** Share of studies whose field of view is cut to the lungs instead of showing the whole body. */
  readonly narrowView: number;
  /** Usual HU in the pulmonary trunk. */
  readonly bolus: number;
  readonly table: "curved" | "flat" | "cradle";
  /** Whether pixels outside the circle of reconstruction hold a padding value. */
  readonly padding: boolean;
  /** Share of patients scanned while breathing. */
  readonly breathing: number;
}

/** HU of pixels outside the circle of reconstruction where a scanner leaves them empty. */
export const outsideHu = -1024;

const kernels = [
  { kernel: "SOFT 20", blur: 1.6, grain: { fine: 0.8, coarse: 2.4 }, noise: 11 },
  { kernel: "STANDARD", blur: 1.35, grain: { fine: 0.62, coarse: 1.9 }, noise: 15 },
  { kernel: "CHEST 31", blur: 1.25, grain: { fine: 0.55, coarse: 1.7 }, noise: 17 },
  { kernel: "VESSEL 40", blur: 1.05, grain: { fine: 0.42, coarse: 1.4 }, noise: 22 },
] as const;
const thicknesses = [
  [0.75, 1],
  [1, 1.25],
  [1, 1.5, 2],
  [1.25, 2.5],
  [2, 3],
  [0.5, 2, 5],
] as const;

export const hospitalName = (seed: number, number: number): string =>
  `${String.fromCharCode(65 + (number % 26))}${seed}`;

/**
 * The number of a study's one patient, also the study's name: no other seed and no other hospital gives it. At most 23
 * characters, where DICOM's Patient ID has room for 64.
 */
export const patientNumber = (seed: number, hospital: number, index: number): string =>
  `${hospitalName(seed, hospital)}-${String(index + 1).padStart(4, "0")}`;

/** The hospital with this number under a seed. @param number 0 to 25 */
export function drawHospital(seed: number, number: number): Hospital {
  const random = new Random(seed, "phantom", "hospital", number);
  const scanner = random.pick(kernels);
  return {
    name: hospitalName(seed, number),
    manufacturer: `Synthetic Scanners ${random.pick(["North", "East", "South", "West"])}`,
    model: `Phantom ${random.pick([16, 64, 128, 256])}`,
    kernel: scanner.kernel,
    blur: scanner.blur,
    grain: scanner.grain,
    noise: scanner.noise * random.uniform(0.75, 1.4),
    kilovolts: random.pick([100, 120, 120]),
    thicknesses: random.pick(thicknesses),
    increment: random.pick([1, 1, 0.8, 0.7]),
    narrowView: random.uniform(0.1, 0.7),
    bolus: random.uniform(290, 390),
    table: random.pick(["curved", "flat", "cradle"]),
    padding: random.chance(0.35),
    breathing: random.uniform(0.08, 0.3),
  };
}

export interface Acquisition {
  readonly columns: number;
  /** Millimetres a pixel. */
  readonly spacing: number;
  readonly thickness: number;
  readonly increment: number;
  /** Centre of the field of view from the patient's middle, millimetres. */
  readonly centre: readonly [number, number];
  /** Levels of the lowest and highest slice, in the patient's own millimetres. */
  readonly bottom: number;
  readonly top: number;
  /** HU of noise in the middle of this patient's chest. */
  readonly noise: number;
  readonly breathing: Breathing | undefined;
  /** Where the patient lies in the scanner: added to positions in the files. */
  readonly offset: readonly [number, number, number];
}

/** A breath during the scan, between two levels. */
export interface Breathing {
  readonly centre: number;
  readonly extent: number;
  /** Millimetres. */
  readonly amplitude: number;
  readonly period: number;
}

/** A coarser or finer grid than the hospital's own; for training, where studies are made by the thousand. */
export interface GridChoice {
  /** Pixels a side, 64 to 1024. */
  readonly columns: number;
  /** Millimetres between slices, and their thickness, .5 to 10. */
  readonly sliceSpacing: number;
}

export function drawAcquisition(
  hospital: Hospital,
  patient: Patient,
  random: Random,
  grid: GridChoice | undefined,
): Acquisition {
  const [across, , along] = patient.scale;
  const body = 2 * (165 + patient.fat + 14 * patient.muscle) * across;
  const lungs = 2 * 138 * across + 34;
  const narrow = random.chance(hospital.narrowView);
  const view = Math.min(500, narrow ? lungs + random.uniform(10, 45) : body + random.uniform(0, 50));
  const columns = grid?.columns ?? 512;
  const thickness = grid?.sliceSpacing ?? random.pick(hospital.thicknesses);
  const increment = grid ? thickness : Math.max(0.5, Math.round(thickness * hospital.increment * 20) / 20);
  // Thin slices hold fewer photons; big bodies let fewer through; the dose is raised to make up for part of both.
  const noise =
    hospital.noise *
    (1.25 / Math.max(thickness, 0.6)) ** 0.38 *
    Math.exp((patient.fat - 16) * 0.012) *
    random.uniform(0.85, 1.2);
  const bases = -186 + patient.diaphragm * 0.5;
  return {
    columns,
    spacing: Math.round((view / columns) * 1e5) / 1e5,
    thickness,
    increment,
    centre: [random.normal(0, 6), random.normal(0, 5)],
    bottom: (bases - random.uniform(4, 34)) * along,
    top: random.uniform(116, 138) * along,
    noise: Math.min(60, noise),
    breathing: random.chance(hospital.breathing)
      ? {
          centre: random.uniform(-170, 20) * along,
          extent: random.uniform(30, 80),
          amplitude: random.uniform(2, 7),
          period: random.uniform(25, 60),
        }
      : undefined,
    offset: [random.normal(0, 4), random.uniform(-170, -130), random.uniform(-400, -150)],
  };
}
