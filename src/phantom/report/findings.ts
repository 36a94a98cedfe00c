/**
 * What a report says besides the pulmonary arteries: lungs, pleura, nodes, bones, upper abdomen.
 *
 *     for (const { finding, conclusion } of chanceFindings(facts, random)) …
 */
import type { Random } from "../../random.ts";
import type { Lesion } from "../incidental.ts";
import type { ReportFacts } from "./facts.ts";

export interface ChanceFinding {
  readonly finding: string;
  /** What of it stands in the impression; empty when not worth it. */
  readonly conclusion: string;
}

const lobeOf = ({ lobe }: Lesion): string => `the ${lobe} lobe`;

function ofLesions(lesions: readonly Lesion[], random: Random): ChanceFinding[] {
  const of = (kind: Lesion["kind"]) => lesions.filter((lesion) => lesion.kind === kind);
  const made: ChanceFinding[] = [];
  const [consolidation] = of("consolidation");
  if (consolidation) {
    const place = lobeOf(consolidation);
    made.push({
      finding: `Airspace consolidation in ${place}.`,
      conclusion: random.pick([`Consolidation in ${place}, likely pneumonia.`, `Pneumonia of ${place}.`]),
    });
  }
  const [infarct] = of("infarct");
  if (infarct) {
    const place = lobeOf(infarct);
    made.push({
      finding: `Wedge-shaped peripheral opacity in ${place}, likely a pulmonary infarct.`,
      conclusion: `Probable pulmonary infarct in ${place}.`,
    });
  }
  const glass = of("ground-glass");
  if (glass.length > 0) {
    made.push({
      finding: `Patchy ground-glass opacities in ${[...new Set(glass.map(lobeOf))].join(" and ")}.`,
      conclusion: random.chance(0.5) ? "Ground-glass opacities, infectious or inflammatory." : "",
    });
  }
  const nodules = of("nodule");
  const [nodule] = nodules;
  if (nodule) {
    const size = Math.round(2 * Math.max(...nodule.radii));
    made.push({
      finding:
        nodule.hounsfield > 200
          ? `Calcified granuloma in ${lobeOf(nodule)}.`
          : `${size} mm nodule in ${lobeOf(nodule)}${nodules.length > 1 ? ", with further small nodules" : ""}.`,
      conclusion: nodule.hounsfield > 200 ? "" : `${size} mm pulmonary nodule. Follow-up per guidelines.`,
    });
  }
  if (of("scar").length > 0) made.push({ finding: "Linear scarring or atelectasis.", conclusion: "" });
  return made;
}

export function chanceFindings(facts: ReportFacts, random: Random): ChanceFinding[] {
  const { effusion, collapse, lesions } = facts.incidental;
  const made = ofLesions(lesions, random);
  const plain = (finding: string): void => {
    made.push({ finding, conclusion: "" });
  };
  const sides = effusion.left > 2 && effusion.right > 2 ? "bilateral" : effusion.left > 2 ? "left" : "right";
  const depth = Math.max(effusion.left, effusion.right);
  if (depth > 2) {
    const amount = depth > 24 ? "moderate" : "small";
    const name =
      sides === "bilateral" ? `${amount} bilateral pleural effusions` : `${amount} ${sides} pleural effusion`;
    made.push({
      finding: `There ${sides === "bilateral" ? "are" : "is a"} ${name} with adjacent compressive atelectasis.`,
      conclusion: `${name.charAt(0).toUpperCase()}${name.slice(1)}.`,
    });
  } else plain(random.pick(["No pleural effusion or pneumothorax.", "No pleural effusion.", ""]));
  if (collapse > 0 && depth <= 2)
    plain(random.pick(["Dependent atelectasis at both lung bases.", "Mild bibasilar atelectasis."]));
  if (facts.emphysema)
    made.push({ finding: "Centrilobular emphysema, upper lobe predominant.", conclusion: "Emphysema." });
  if (facts.plugs) plain(random.pick(["Mucus plugging in some lower lobe bronchi.", "Scattered mucus impaction."]));
  plain(
    facts.nodes
      ? random.pick(["Prominent hilar lymph nodes.", "Mildly enlarged hilar lymph nodes, likely reactive."])
      : random.pick(["No mediastinal or hilar lymphadenopathy.", "No lymphadenopathy."]),
  );
  if (facts.calcium === "severe") plain("Severe coronary and aortic atherosclerotic calcification.");
  if (facts.calcium === "mild") plain("Mild atherosclerotic calcification of the aorta.");
  if (random.chance(0.4))
    plain(random.pick(["No pericardial effusion.", "The thoracic aorta is normal in caliber without dissection."]));
  if (random.chance(0.3))
    plain(random.pick(["No acute osseous abnormality.", "Degenerative changes of the thoracic spine."]));
  if (random.chance(0.3)) plain("Limited images of the upper abdomen are unremarkable.");
  return made.filter(({ finding }) => finding !== "");
}
