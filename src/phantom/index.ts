/**
 * The synthetic hospital: chest CT with contrast, with and without pulmonary emboli, that show what real ones show and
 * belong to nobody. Anatomy is procedural, in millimetres; arteries branch by Murray's law; scanners differ by hospital.
 *
 *     const { volume, emboliMask, emboli } = phantomStudy({ seed: 1, index: 7, prevalence: 0.4 });
 *
 * Choices and their reasons: docs/phantom.md.
 */

export type { Embolus } from "./embolus.ts";
export type { GridChoice, Hospital } from "./hospital.ts";
export type { PhantomReport, ReportedPresence } from "./report/report.ts";
export { type PhantomSettings, type PhantomStudy, phantomStudy } from "./study.ts";
export { type Burdens, drawBurden, type EmbolusLevel, embolusLevels } from "./vessels/emboli.ts";
