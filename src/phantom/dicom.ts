/**
 * How a synthetic study describes itself in DICOM: who, when, which scanner.
 *
 *     ctSeries(study.volume, dicomDescription(study, { seed, index, name: "A1-0007" }));
 */
import { Random } from "../random.ts";
import type { CtSeriesDescription } from "../volume/dicom-write/index.ts";
import { outsideHu } from "./hospital.ts";
import type { PhantomStudy } from "./study.ts";

export interface PhantomIdentity {
  readonly seed: number;
  readonly index: number;
  /** The study's name, also the patient's. */
  readonly name: string;
}

export function dicomDescription(study: PhantomStudy, { seed, index, name }: PhantomIdentity): CtSeriesDescription {
  const { hospital, acquisition, scene } = study;
  const random = new Random(seed, "phantom", "study", index, "dicom");
  const two = (value: number) => String(value).padStart(2, "0");
  return {
    seed,
    name,
    seriesNumber: 2 + random.integer(4),
    seriesDescription: `PE ${acquisition.thickness} mm ${hospital.kernel}`,
    studyDescription: "CT pulmonary angiogram",
    date: `20${two(10 + random.integer(14))}${two(1 + random.integer(12))}${two(1 + random.integer(28))}`,
    time: `${two(random.integer(24))}${two(random.integer(60))}${two(random.integer(60))}`,
    patient: { id: name, name: `Phantom^${name}`, sex: scene.patient.sex, age: scene.patient.age },
    scanner: {
      manufacturer: hospital.manufacturer,
      model: hospital.model,
      institution: `Synthetic Hospital ${hospital.name}`,
      kernel: hospital.kernel,
      kilovolts: hospital.kilovolts,
      tubeCurrent: Math.round(120 + 900 / hospital.noise + scene.patient.fat * 8),
    },
    contrastAgent: random.pick(["Iodinated contrast 350", "Iodinated contrast 370", "Contrast medium"]),
    sliceThickness: acquisition.thickness,
    instanceOrder: hospital.name.charCodeAt(0) % 2 === 0 ? "ascending" : "descending",
    ...(hospital.padding ? { signed: true, padding: { below: outsideHu, value: -2000 } } : {}),
  };
}
