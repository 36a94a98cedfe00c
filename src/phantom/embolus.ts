/**
 * An embolus as a study tells of it: where it is, what kind, how large.
 *
 *     study.emboli.filter((embolus) => embolus.level === "subsegmental")
 */
import type { PatientPoint } from "../volume/geometry.ts";
import type { EmbolusLevel } from "./vessels/emboli.ts";

export interface Embolus {
  /** Its value in the mask. */
  readonly label: number;
  readonly level: EmbolusLevel;
  readonly side: "left" | "right" | "both";
  readonly territory: string;
  readonly age: "acute" | "chronic";
  readonly occluding: boolean;
  /** Centre of the voxels in the mask, millimetres LPS. */
  readonly centreMillimetres: PatientPoint;
  readonly millilitres: number;
  readonly voxels: number;
}
