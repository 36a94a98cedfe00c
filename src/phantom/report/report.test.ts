import { describe, expect, test } from "vitest";
import { Random } from "../../random.ts";
import { labelReport } from "../../reports/index.ts";
import { patientPoint } from "../../volume/geometry.ts";
import type { Embolus } from "../embolus.ts";
import { embolusLevels } from "../vessels/emboli.ts";
import type { ReportFacts } from "./facts.ts";
import { writeReport } from "./report.ts";

/** Findings drawn at random, without drawing a patient for them. */
function drawFacts(random: Random): ReportFacts {
  const territories = ["right upper", "right middle", "right lower", "left upper", "lingula", "left lower"] as const;
  const emboli: Embolus[] = Array.from({ length: random.chance(0.5) ? 1 + random.integer(6) : 0 }, (_, index) => {
    const level = random.pick(index === 0 ? embolusLevels : embolusLevels.slice(3));
    const territory = random.pick(territories);
    return {
      label: index + 1,
      level,
      side: level === "saddle" ? "both" : territory.startsWith("right") ? "right" : "left",
      territory: level === "main" ? "right main" : territory,
      age: random.chance(0.15) && level !== "saddle" ? "chronic" : "acute",
      occluding: random.chance(0.4),
      centreMillimetres: patientPoint(0, 0, 0),
      millilitres: random.uniform(0.01, 2),
      voxels: 20,
    };
  });
  const kinds = ["consolidation", "ground-glass", "nodule", "infarct", "scar"] as const;
  return {
    age: 60,
    sex: "F",
    emboli,
    strain: random.chance(0.3),
    quality: random.pick(["good", "limited", "poor"]),
    breathing: random.chance(0.5),
    weakContrast: random.chance(0.5),
    incidental: {
      lesions: Array.from({ length: random.integer(4) }, () => ({
        kind: random.pick(kinds),
        centre: [0, 0, 0] as const,
        radii: [4, 4, 4] as const,
        hounsfield: random.uniform(0, 500),
        lobe: random.pick(["right upper", "left lower"] as const),
      })),
      effusion: { left: random.chance(0.3) ? 20 : 0, right: random.chance(0.3) ? 30 : 0 },
      collapse: random.chance(0.5) ? 8 : 0,
    },
    emphysema: random.chance(0.2),
    cardiomegaly: random.chance(0.2),
    calcium: random.pick(["none", "mild", "severe"]),
    nodes: random.chance(0.3),
    plugs: random.chance(0.3),
  };
}

describe("a phantom's report", () => {
  const random = new Random(7, "reports");
  const reports = Array.from({ length: 400 }, (_, index) => {
    const facts = drawFacts(random);
    return { facts, ...writeReport(facts, new Random(7, "report", index)) };
  });

  test("never says present of a study without emboli, nor absent of one with", () => {
    for (const { facts, statement } of reports) {
      expect(statement).not.toBe(facts.emboli.length > 0 ? "absent" : "present");
    }
  });

  test("has its sections, and is written in many ways", () => {
    for (const { text } of reports)
      expect(text).toMatch(/TECHNIQUE: .+\n\nCOMPARISON: .+\n\nFINDINGS:[\s\S]+\n\n(IMPRESSION|CONCLUSION):/);
    expect(new Set(reports.map(({ text }) => text)).size).toBe(reports.length);
    expect(new Set(reports.map(({ statement }) => statement)).size).toBe(3);
  });

  test("is read by the labeller as it was meant", () => {
    const wrong = reports.filter(({ text, statement }) => labelReport(text).label !== statement);
    expect(wrong.map(({ text, statement }) => `${statement} <- ${labelReport(text).label}: ${text}`)).toEqual([]);
  });
});
