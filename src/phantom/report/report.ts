/**
 * The radiology report of a study, in English prose with the usual sections.
 *
 *     const { text, statement } = writeReport(facts, random);
 *     statement    // what the text says of embolism: "present", "absent" or "uncertain"
 *
 * Wording varies as it does between readers: plain, hedged, with chance findings, with limits of quality. A text never
 * contradicts the study, but it may leave open what is at the edge of being visible: then it says "uncertain".
 */
import type { Random } from "../../random.ts";
import type { Embolus } from "../embolus.ts";
import type { ReportFacts } from "./facts.ts";
import { chanceFindings } from "./findings.ts";

export type ReportedPresence = "present" | "absent" | "uncertain";

export interface PhantomReport {
  readonly text: string;
  readonly statement: ReportedPresence;
}

const indications = [
  "Shortness of breath, rule out pulmonary embolism.",
  "Pleuritic chest pain and tachycardia. Evaluate for PE.",
  "Elevated D-dimer. Concern for pulmonary embolism.",
  "Hypoxia after hip replacement. ? PE.",
  "Chest pain. Swelling of the left leg for three days.",
  "Cough and dyspnea. History of DVT.",
  "Syncope. Query pulmonary embolus.",
  "Known malignancy with new dyspnea; assess for pulmonary emboli.",
  "Postoperative day 4, desaturation. R/O PE.",
  "Prior pulmonary embolism two years ago, off anticoagulation, now with chest pain.",
] as const;

const techniques = [
  "Helical CT of the chest after intravenous contrast, timed to the pulmonary arteries. Axial, coronal and sagittal images were reviewed.",
  "CT pulmonary angiogram with 80 mL of iodinated contrast. Thin sections with multiplanar reformats.",
  "Contrast-enhanced CT of the chest, pulmonary embolism protocol.",
  "Axial images through the thorax were obtained following bolus administration of nonionic contrast.",
] as const;

export function writeReport(facts: ReportFacts, random: Random): PhantomReport {
  const statement = decide(facts, random);
  const title = random.pick(["CT ANGIOGRAPHY CHEST", "CT PULMONARY ANGIOGRAM", "CT CHEST WITH CONTRAST (PE PROTOCOL)"]);
  const heading = random.pick(["INDICATION", "HISTORY", "CLINICAL HISTORY", "CLINICAL INFORMATION"]);
  const chance = chanceFindings(facts, random);
  const vessels = [quality(facts, random), arteries(facts, statement, random), heart(facts, random)];
  const findings = [...vessels, ...chance.map(({ finding }) => finding)].filter((sentence) => sentence !== "");
  const separator = random.chance(0.5) ? "\n" : " ";
  const conclusion = [
    impression(facts, statement, random),
    ...chance.flatMap(({ conclusion: line }) => (line === "" ? [] : [line])),
  ];
  const numbered = conclusion.length > 1 && random.chance(0.7);
  return {
    statement,
    text: [
      title,
      `${heading}: ${random.pick(indications)}`,
      `TECHNIQUE: ${random.pick(techniques)}`,
      `COMPARISON: ${random.pick(["None.", "None available.", "Chest radiograph of the same day.", "CT of the chest from last year."])}`,
      `FINDINGS:${separator}${findings.join(separator)}`,
      `${random.pick(["IMPRESSION", "IMPRESSION", "CONCLUSION"])}:${separator}${conclusion
        .map((line, index) => (numbered ? `${index + 1}. ${line}` : line))
        .join(separator)}`,
    ].join("\n\n"),
  };
}

/** Whether a reader would commit: hardly visible emboli and poor scans leave room. */
function decide({ emboli, quality: scan }: ReportFacts, random: Random): ReportedPresence {
  if (emboli.length === 0) return scan === "poor" && random.chance(0.25) ? "uncertain" : "absent";
  const faint = emboli.every(({ level, millilitres }) => level === "subsegmental" && millilitres < 0.06);
  return faint && random.chance(0.3) ? "uncertain" : "present";
}

function quality({ breathing, weakContrast, quality: scan }: ReportFacts, random: Random): string {
  if (scan === "good") {
    return random.pick([
      "Good opacification of the pulmonary arteries.",
      "Diagnostic quality study.",
      "Satisfactory contrast bolus.",
      "",
    ]);
  }
  const reasons = [
    ...(breathing ? [random.pick(["respiratory motion", "breathing artifact", "motion at the lung bases"])] : []),
    ...(weakContrast ? [random.pick(["suboptimal contrast opacification", "a weak contrast bolus"])] : []),
    ...(breathing || weakContrast ? [] : ["image noise related to body habitus"]),
  ].join(" and ");
  return random.pick([
    `The examination is limited by ${reasons}.`,
    `Evaluation of the segmental and subsegmental branches is limited by ${reasons}.`,
    `Technically limited study due to ${reasons}.`,
  ]);
}

/** "right lower lobe", "lingula", "right main pulmonary artery". */
function placeOf({ level, territory, side }: Embolus): string {
  if (level === "saddle") return "the bifurcation of the main pulmonary artery";
  if (level === "main") return `the ${side} main pulmonary artery`;
  if (territory.includes("interlobar")) return `the ${side} interlobar artery`;
  return territory === "lingula" ? "the lingula" : `the ${territory} lobe`;
}

const joined = (parts: readonly string[]): string =>
  parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;

function describe(embolus: Embolus, random: Random): string {
  const place = placeOf(embolus);
  const { level, age, occluding } = embolus;
  if (level === "saddle") {
    return random.pick([
      `Saddle embolus straddling ${place}, extending into both main pulmonary arteries.`,
      `Large saddle pulmonary embolus at ${place}.`,
    ]);
  }
  if (age === "chronic") {
    return random.pick([
      `Eccentric, wall-adherent filling defect in ${place}, in keeping with chronic thromboembolic disease.`,
      `Linear web in a ${level} artery of ${place}, compatible with chronic pulmonary embolism.`,
      `Chronic appearing pulmonary embolus in ${place}.`,
    ]);
  }
  const filled = occluding
    ? random.pick(["Occlusive", "Completely occluding"])
    : random.pick(["Nonocclusive", "Central"]);
  const vessel = level === "main" || place.includes("artery") ? place : `a ${level} artery of ${place}`;
  return random.pick([
    `${filled} filling defect in ${vessel}, consistent with acute pulmonary embolism.`,
    `${filled} embolus within ${vessel}.`,
    `There is a filling defect within ${vessel}.`,
    `Acute pulmonary embolus in ${vessel}.`,
  ]);
}

function arteries({ emboli, quality: scan }: ReportFacts, statement: ReportedPresence, random: Random): string {
  if (statement === "absent") {
    const plain = [
      "No filling defect is seen in the pulmonary arteries to suggest embolism.",
      "There is no evidence of pulmonary embolism.",
      "The pulmonary arteries are patent without filling defects to the subsegmental level.",
      "No pulmonary embolus is identified.",
      "Main, lobar and segmental pulmonary arteries opacify normally. No intraluminal filling defect.",
    ] as const;
    const limited = [
      "No central or lobar pulmonary embolism.",
      "No filling defect in the central, lobar or proximal segmental pulmonary arteries.",
      "Within these limits there is no evidence of pulmonary embolism.",
    ] as const;
    return random.pick(scan === "good" ? plain : limited);
  }
  if (statement === "uncertain") {
    const place =
      emboli.length > 0 ? placeOf(emboli[0]!) : random.pick(["the right lower lobe", "the left lower lobe"]);
    return random.pick([
      `Questionable filling defect in a subsegmental branch of ${place}, which may be artifactual.`,
      `Apparent low attenuation in a small branch of ${place}; a subsegmental embolus cannot be excluded.`,
      `Equivocal filling defect in a subsegmental artery of ${place}.`,
    ]);
  }
  const [first, ...others] = [...emboli].sort((one, other) => other.millilitres - one.millilitres);
  if (!first) return "";
  const sentences = [describe(first, random)];
  const places = [...new Set(others.map(placeOf))];
  if (others.length > 0 && places.length > 0) {
    sentences.push(
      random.pick([
        `Additional ${joined([...new Set(others.map(({ level }) => level))])} emboli in ${joined(places)}.`,
        `Further filling defects are present in ${joined(places)}.`,
      ]),
    );
  }
  return sentences.join(" ");
}

function heart({ strain, emboli, cardiomegaly }: ReportFacts, random: Random): string {
  if (strain && emboli.length > 0) {
    return random.pick([
      "The right ventricle is dilated with an RV/LV ratio above 1, suggesting right heart strain.",
      "Enlarged right ventricle and flattening of the interventricular septum, in keeping with right heart strain.",
    ]);
  }
  const size = cardiomegaly ? "The heart is mildly enlarged." : random.pick(["Heart size is normal.", ""]);
  return emboli.length > 0 && random.chance(0.7) ? `No evidence of right heart strain. ${size}`.trim() : size;
}

function impression(
  { emboli, strain, quality: scan }: ReportFacts,
  statement: ReportedPresence,
  random: Random,
): string {
  if (statement === "absent") {
    return scan === "good"
      ? random.pick([
          "No pulmonary embolism.",
          "No evidence of acute pulmonary embolism.",
          "Negative for pulmonary embolism.",
          "No CT evidence of pulmonary embolus.",
        ])
      : random.pick([
          "No central or segmental pulmonary embolism; small subsegmental branches are not well assessed.",
          "Limited study. No evidence of pulmonary embolism to the segmental level.",
        ]);
  }
  if (statement === "uncertain") {
    return random.pick([
      "Equivocal for subsegmental pulmonary embolism. Correlation with D-dimer and leg ultrasound is suggested.",
      "Indeterminate study for pulmonary embolism; a small peripheral embolus cannot be excluded.",
      "Possible subsegmental pulmonary embolism, not definite. Consider repeat examination.",
    ]);
  }
  const chronic = emboli.every(({ age }) => age === "chronic");
  const only = emboli.every(({ level }) => level === "subsegmental");
  const sides = new Set(emboli.map(({ side }) => side));
  const side = sides.has("both") || sides.size > 1 ? "Bilateral" : sides.has("left") ? "Left" : "Right";
  const saddle = emboli.some(({ level }) => level === "saddle");
  const tail = strain ? " with evidence of right heart strain" : "";
  if (chronic) return `Chronic pulmonary embolism, ${side.toLowerCase()}${side === "Bilateral" ? "" : "-sided"}.`;
  if (saddle) return `Saddle pulmonary embolism${tail}.`;
  if (only) {
    return random.pick([
      `${side}${side === "Bilateral" ? "" : "-sided"} subsegmental pulmonary embolism.`,
      "Isolated subsegmental pulmonary embolism.",
      "Findings consistent with acute subsegmental pulmonary embolism.",
    ]);
  }
  return random.pick([
    `${side}${side === "Bilateral" ? "" : "-sided"} acute pulmonary emboli${tail}.`,
    `Positive for acute pulmonary embolism${tail}.`,
    `Acute pulmonary embolism as described${tail}.`,
    `Findings most compatible with acute pulmonary embolism${tail}.`,
    `${side}${side === "Bilateral" ? "" : "-sided"} pulmonary embolism${tail}. Critical result communicated to the referring physician.`,
  ]);
}
