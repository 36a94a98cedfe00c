/**
 * What one synthetic patient's body is like: the numbers in which patients differ.
 *
 *     const patient = drawPatient(new Random(seed, "study", 4, "patient"), false);
 *
 * The anatomy is written for a standard chest; `scale` stretches it to the patient's.
 */
import type { Random } from "../../random.ts";
import type { Vector } from "./shapes.ts";

export interface Patient {
  readonly sex: "F" | "M";
  /** Years. */
  readonly age: number;
  /** Stretch along x, y and z. */
  readonly scale: Vector;
  /** Millimetres of fat under the skin of the trunk. */
  readonly fat: number;
  /** Share of an ordinary person's muscle. */
  readonly muscle: number;
  /** Radius of the breasts in millimetres, 0 for none. */
  readonly breast: number;
  /** Millimetres the diaphragm stands higher than in full inspiration. */
  readonly diaphragm: number;
  /** Stretch of the heart. */
  readonly heart: number;
  /** Stretch of the right ventricle alone, above 1 under strain. */
  readonly rightVentricle: number;
  /** HU of the lung at mid-depth, and how many more at the back than at the front. */
  readonly lung: number;
  readonly gravity: number;
  /** Share of lung destroyed by emphysema, 0 to .5. */
  readonly emphysema: number;
  /** Radius of the pulmonary trunk in millimetres. */
  readonly trunk: number;
  /** Points in both lungs that the arteries are grown into; more than ever become branches of 2 mm. */
  readonly terminals: number;
  /** Share of calcium in the aorta's wall and the coronaries, 0 to 1. */
  readonly calcium: number;
  /** Displacements of the hilar structures. */
  readonly wander: Vector;
}

/** @param strain whether the right heart is under strain */
export function drawPatient(random: Random, strain: boolean): Patient {
  const sex = random.chance(0.5) ? "F" : "M";
  const age = Math.round(Math.min(95, Math.max(19, random.normal(61, 16))));
  const size = (sex === "F" ? 0.95 : 1.03) * random.normal(1, 0.03);
  const fat = Math.min(46, Math.max(5, Math.exp(random.normal(Math.log(16), 0.45))));
  const emphysema = random.chance(0.15) ? random.uniform(0.1, 0.45) : 0;
  const inspiration = random.uniform(0, 1);
  const trunk = 14 * size * (strain ? random.uniform(1.05, 1.2) : random.normal(1, 0.04));
  return {
    sex,
    age,
    scale: [
      size * random.normal(1, 0.03) * (1 + (fat - 16) * 0.001),
      size * random.normal(1, 0.04) * (1 + emphysema * 0.15),
      size * random.normal(1, 0.04) * (1 + emphysema * 0.12),
    ],
    fat,
    muscle: Math.min(1.35, Math.max(0.6, (sex === "F" ? 0.85 : 1.1) - (age - 60) * 0.004 + random.normal(0, 0.1))),
    breast: sex === "F" ? Math.min(75, 34 + fat * 0.7 + random.normal(0, 8)) : 0,
    diaphragm: inspiration * 20 - 6 - emphysema * 20,
    heart: random.normal(1, 0.045) + Math.max(0, age - 70) * 0.002,
    rightVentricle: strain ? random.uniform(1.12, 1.3) : random.normal(1, 0.04),
    lung: -872 + inspiration * 45 - emphysema * 60 + random.normal(0, 10),
    gravity: random.uniform(30, 80) + inspiration * 40,
    emphysema,
    trunk,
    terminals: 700 + random.integer(200),
    calcium: Math.max(0, Math.min(1, (age - 55) / 40 + random.normal(0, 0.2))),
    wander: [random.normal(0, 2.5), random.normal(0, 2.5), random.normal(0, 4)],
  };
}
