/**
 * What there is to report in a study: the findings a radiologist would see, taken from the scene that was drawn.
 *
 *     const facts = studyFacts(scene, acquisition, emboli);
 *     facts.quality    // "good", "limited" or "poor"
 */

import type { Embolus } from "../embolus.ts";
import type { Acquisition } from "../hospital.ts";
import type { Incidental } from "../incidental.ts";
import type { Scene } from "../scene.ts";

export interface ReportFacts {
  readonly age: number;
  readonly sex: "F" | "M";
  readonly emboli: readonly Embolus[];
  readonly strain: boolean;
  readonly quality: "good" | "limited" | "poor";
  readonly breathing: boolean;
  readonly weakContrast: boolean;
  readonly incidental: Incidental;
  readonly emphysema: boolean;
  readonly cardiomegaly: boolean;
  readonly calcium: "none" | "mild" | "severe";
  readonly nodes: boolean;
  readonly plugs: boolean;
}

export function studyFacts(scene: Scene, acquisition: Acquisition, emboli: readonly Embolus[]): ReportFacts {
  const { patient, contrast, incidental, lookalikes } = scene;
  const breathing = acquisition.breathing !== undefined;
  const weakContrast = contrast.arteries < 215;
  const faults = Number(breathing) + Number(weakContrast) + Number(acquisition.noise > 32);
  return {
    age: patient.age,
    sex: patient.sex,
    emboli,
    strain: patient.rightVentricle > 1.1,
    quality: faults === 0 ? "good" : faults === 1 ? "limited" : "poor",
    breathing,
    weakContrast,
    incidental,
    emphysema: patient.emphysema > 0.1,
    cardiomegaly: patient.heart > 1.06,
    calcium: patient.calcium > 0.6 ? "severe" : patient.calcium > 0.25 ? "mild" : "none",
    nodes: lookalikes.nodes.length > 4,
    plugs: lookalikes.plugs.length > 0,
  };
}
