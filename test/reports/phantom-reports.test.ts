import { expect, test } from "vitest";
import type { Lesion } from "../../src/phantom/incidental.ts";
import type { Embolus } from "../../src/phantom/index.ts";
import type { ReportFacts } from "../../src/phantom/report/facts.ts";
import { writeReport } from "../../src/phantom/report/report.ts";
import { embolusLevels } from "../../src/phantom/vessels/emboli.ts";
import { Random } from "../../src/random.ts";
import { labelReport } from "../../src/reports/index.ts";
import { patientPoint } from "../../src/volume/index.ts";

const reports = 300;
const territories = ["right upper", "right lower", "left upper", "left lower", "middle", "lingula"];

const kinds = ["consolidation", "ground-glass", "nodule", "infarct", "scar"] as const;
const lobes = ["right upper", "right middle", "right lower", "left upper", "left lower"] as const;

const drawLesions = (random: Random): Lesion[] =>
  Array.from({ length: random.integer(4) }, () => ({
    kind: random.pick(kinds),
    centre: [0, 0, 0],
    radii: [5, 5, 5],
    hounsfield: 20,
    lobe: random.pick(lobes),
  }));

/** ReportFacts as varied as those of studies, without drawing any. */
function drawFacts(random: Random): ReportFacts {
  const emboli = Array.from({ length: random.chance(0.5) ? 0 : 1 + random.integer(4) }, (_, index): Embolus => {
    const level = random.pick(embolusLevels);
    const territory = random.pick(territories);
    const side =
      level === "saddle" ? "both" : territory === "lingula" || territory.startsWith("left") ? "left" : "right";
    return {
      label: index + 1,
      level,
      side,
      territory,
      age: random.chance(0.8) ? "acute" : "chronic",
      occluding: random.chance(0.4),
      centreMillimetres: patientPoint(0, 0, 0),
      millilitres: random.uniform(0.01, 2),
      voxels: 100,
    };
  });
  return {
    age: 30 + random.integer(60),
    sex: random.pick(["F", "M"]),
    emboli,
    strain: random.chance(0.3),
    quality: random.pick(["good", "limited", "poor"]),
    breathing: random.chance(0.3),
    weakContrast: random.chance(0.3),
    incidental: {
      lesions: drawLesions(random),
      effusion: { left: random.pick([0, 12]), right: random.pick([0, 12]) },
      collapse: random.pick([0, 8]),
    },
    emphysema: random.chance(0.3),
    cardiomegaly: random.chance(0.3),
    calcium: random.pick(["none", "mild", "severe"]),
    nodes: random.chance(0.3),
    plugs: random.chance(0.2),
  };
}

test(`of ${reports} reports of the synthetic hospital every label is what the report was written to say`, () => {
  const wrong: string[] = [];
  for (let index = 0; index < reports; index++) {
    const random = new Random(11, "phantom reports", index);
    const { text, statement } = writeReport(drawFacts(random), random);
    const { label } = labelReport(text);
    if (label !== statement) wrong.push(`written as ${statement}, labelled ${label}:\n${text}`);
  }
  expect(wrong).toEqual([]);
});
