/**
 * The experiment as a page: what the paper says, whether it held here, the table, the curves, the pictures, every
 * setting and seed.
 *
 *     await writeFile("report.html", experimentReport({ ...input, results }));
 */
import type { AreaComparison, ModelSummary, Proportion, Rates, Summary } from "../evaluation/index.ts";
import {
  details,
  epochFigure,
  type Figure,
  figures,
  freeResponseFigure,
  type Html,
  histogramFigure,
  list,
  type NamedCases,
  paragraph,
  precisionRecallFigure,
  reliabilityFigure,
  reportPage,
  rocFigure,
  section,
  slabStripFigure,
  table,
} from "../results/report/index.ts";
import { type Arm, armNames, attentionArms, attentionNames } from "./arms.ts";
import type { PairedPicture, StudyPicture } from "./pictures.ts";
import { casesOf, type ExperimentResults, type PatientScore, type SlabScoreRow } from "./results.ts";

export interface ReportInput {
  readonly results: ExperimentResults;
  readonly slabs: readonly SlabScoreRow[];
  readonly patients: readonly PatientScore[];
  readonly pairs: readonly PairedPicture[];
  readonly studies: readonly StudyPicture[];
}

const figure = (value: number | null): string => (value === null ? "-" : value.toFixed(3));
const interval = (ci95: readonly [number, number] | null): string =>
  ci95 ? `${figure(ci95[0])} to ${figure(ci95[1])}` : "";
const pValue = (p: number | null): string => (p === null ? "-" : p < 1e-4 ? "< .0001" : p.toFixed(4));
const percent = ({ value, count, of, ci95 }: Proportion): string =>
  value === null || ci95 === null
    ? "-"
    : `${(100 * value).toFixed(1)} %  (${count} of ${of})\n${(100 * ci95[0]).toFixed(1)} to ${(100 * ci95[1]).toFixed(1)} %`;
const rate = (rates: Rates, name: "accuracy" | "sensitivity" | "specificity" | "ppv" | "npv"): string =>
  `${figure(rates[name])}\n${interval(rates.intervals[name])}`;

/** What the paper measured, to compare the order of the arms, not their values: its data are private. */
const paperAreas: Readonly<Record<Arm, string>> = {
  proposed: ".812",
  "no-attention": ".643",
  "annotated-only": ".739",
  mean: "near .5",
  max: "near .5",
  cnn3d: ".787",
  penet: "-",
};

export function experimentReport(input: ReportInput): string {
  const { results } = input;
  const { patients, claims } = results;
  const held = claims.filter(({ holds }) => holds).length;
  const first = patients.models[0]!;
  return reportPage({
    title: "Attention-guided detection of pulmonary embolism: the published experiment on a synthetic hospital",
    lead:
      `${first.n} test studies of simulated patients, ${first.positives} with embolism. Of ${claims.length} statements of the ` +
      `paper held against this run, ${held} ${held === 1 ? "holds" : "hold"} (paired DeLong test, p < .05). ` +
      `The proposed arm reaches an AUC of ${figure(first.auc)} (${interval(first.ci95)}).`,
    sections: [
      claimSection(results),
      patientSection(input),
      operatingSection(patients),
      slabSection(input),
      attentionSection(input),
      studySection(input),
      learningSection(results),
      hospitalSection(results),
      section(
        "Settings",
        paragraph("Every setting and seed; the same command with the same program makes the same studies."),
        table({
          head: ["step", "seconds"],
          rows: Object.entries(results.seconds).map(([name, seconds]) => [name, seconds.toFixed(0)]),
        }),
        details("all settings", results.settings),
      ),
    ],
    provenance: [
      ["program", `embolens ${results.version}`],
      ["made", results.made],
      ["command", results.command],
      ["seed", String(results.settings.seed)],
    ],
  });
}

function claimSection({ claims }: ExperimentResults): Html {
  return section(
    "What the paper says, and this run",
    table({
      head: ["statement", "holds", "difference in AUC", "p"],
      rows: claims.map(({ claim, holds, difference, ci95, p }) => [
        claim,
        holds ? "yes" : "no",
        `${figure(difference)}\n${interval(ci95)}`,
        pValue(p),
      ]),
    }),
    paragraph(
      "L. Shi et al., Automatic Diagnosis of Pulmonary Embolism Using an Attention-guided Framework: A Large-scale Study, " +
        "MIDL 2020. Its data are private; here every patient is simulated, so the order of the arms can be compared, " +
        "their values can't, and nothing is said about real patients.",
    ),
  );
}

const against = ({ comparisons }: Summary, a: string, b: string): AreaComparison | undefined =>
  comparisons.find((each) => (each.a === a && each.b === b) || (each.a === b && each.b === a));

const armOf = ({ name }: ModelSummary): Arm => (Object.keys(armNames) as Arm[]).find((arm) => armNames[arm] === name)!;

function patientSection({ results, patients: rows }: ReportInput): Html {
  const { patients } = results;
  const curves: NamedCases[] = patients.models.map(({ name, ...model }) => {
    const arm = armOf({ name, ...model });
    return { name: shortNames[arm], cases: casesOf(rows, "test", name, ({ scores }) => scores[arm]!) };
  });
  return section(
    "Table 1: studies",
    table({
      caption: "Test studies. Accuracy at a probability of .5; intervals are DeLong's (AUC) and Wilson's, 95 %.",
      stressed: 0,
      head: [
        "arm",
        "AUC",
        "accuracy",
        "sensitivity",
        "specificity",
        "average precision",
        "p, AUC against proposed",
        "AUC in the paper",
      ],
      rows: patients.models.map((model, index) => [
        model.name,
        `${figure(model.auc)}\n${interval(model.ci95)}`,
        rate(model, "accuracy"),
        rate(model, "sensitivity"),
        rate(model, "specificity"),
        figure(model.averagePrecision),
        index === 0 ? "" : pValue(against(patients, armNames.proposed, model.name)?.p ?? null),
        paperAreas[armOf(model)],
      ]),
    }),
    figures([
      rocFigure(curves, "ROC curves of the test studies, with their area."),
      precisionRecallFigure(curves),
      reliabilityFigure(curves.slice(0, 3)),
      histogramFigure(curves[0]!),
    ]),
  );
}

export const shortNames: Readonly<Record<Arm, string>> = {
  proposed: "proposed",
  "no-attention": "no attention",
  "annotated-only": "annotated only",
  mean: "mean of slabs",
  max: "max of slabs",
  cnn3d: "3D CNN",
  penet: "PENet",
};

function operatingSection({ models }: Summary): Html {
  return section(
    "Operating points",
    table({
      caption: "Thresholds chosen on validation studies, applied to the test studies.",
      head: ["arm", "rule", "threshold", "sensitivity", "specificity", "PPV", "NPV"],
      rows: models.flatMap((model) =>
        model.operatingPoints.map((point) => [
          model.name,
          point.rule.rule === "youden" ? "Youden" : `sensitivity ≥ ${point.rule.atLeast}`,
          figure(point.threshold),
          rate(point, "sensitivity"),
          rate(point, "specificity"),
          figure(point.ppv),
          figure(point.npv),
        ]),
      ),
    }),
  );
}

function slabSection({ results, slabs }: ReportInput): Html {
  const curves = (part: "validation" | "test"): NamedCases[] =>
    attentionArms.map((arm) => ({
      name: attentionNames[arm],
      cases: casesOf(slabs, part, attentionNames[arm], ({ scores }) => scores[arm]),
    }));
  const rows = (part: "validation" | "test", label: string) =>
    results.slabs[part].models.map((model) => [
      `${model.name}\n${label}`,
      String(model.n),
      `${figure(model.auc)}\n${interval(model.ci95)}`,
      rate(model, "accuracy"),
      pValue(results.slabs[part].comparisons[0]?.p ?? null),
    ]);
  return section(
    "Slabs: stage I with and without attention training",
    table({
      caption: "Intervals and tests take the slabs of a study together (Obuchowski 1997).",
      head: ["network", "slabs", "AUC", "accuracy", "p, paired"],
      rows: [...rows("validation", "annotated validation studies"), ...rows("test", "test studies")],
    }),
    paragraph(
      "Validation slabs come from the annotated studies and carry the background sign that goes with the label there; " +
        "test slabs come from studies that carry it at random. The paper reports .953 with and .932 without, on validation.",
    ),
    figures([
      rocFigure(curves("validation"), "Slabs of annotated validation studies."),
      rocFigure(curves("test"), "Slabs of test studies."),
    ]),
  );
}

function attentionSection({ results, pairs }: ReportInput): Html {
  const { slabHits, studyHits, chance, tolerance, freeResponse } = results.localisation;
  return section(
    "Where the network looks",
    table({
      caption: `A slab is hit when its attention peaks in a cell that the embolus marks; a study when its strongest place over the whole scan lies within ${tolerance.toFixed(1)} mm (half a cell) of an embolus. Wilson intervals; slabs of a study count together.`,
      head: ["network", "positive test slabs hit", "positive test studies hit"],
      rows: [
        ...attentionArms.map((arm) => [attentionNames[arm], percent(slabHits[arm]), percent(studyHits[arm])]),
        ["pointing anywhere in the body", `${(100 * chance).toFixed(1)} %`, ""],
      ],
    }),
    figures([
      freeResponseFigure(attentionArms.map((arm) => ({ name: attentionNames[arm], curve: freeResponse[arm] }))),
    ]),
    paragraph(
      "After the paper's figure 3: test slabs with the attention of the network trained without (left) and with attention " +
        "training (right). Orange: attention; green outline: the embolus.",
    ),
    figures(
      pairs.flatMap(({ caption, without, with: guided }): Figure[] => [
        { picture: without, caption: `${caption}, without` },
        { picture: guided, caption: `${caption}, with` },
      ]),
      "small",
    ),
  );
}

function studySection({ studies }: ReportInput): Html {
  return section(
    "Test studies with embolism",
    paragraph(
      "After the paper's figure 5: the slab of strongest attention in test studies of which the network never saw a mask, " +
        "and the slab scores along the body; orange below the bars: slabs that hold an embolus. The first studies of the " +
        "test list, not chosen by result.",
    ),
    figures(
      studies.map(({ caption, picture }) => ({ picture, caption })),
      "small",
    ),
    figures(
      studies.map(({ caption, probabilities, positive }) => slabStripFigure({ caption, probabilities, positive })),
    ),
  );
}

function learningSection({ courses }: ExperimentResults): Html {
  return section(
    "Learning",
    figures(
      courses.map(({ title, metric, series }) =>
        epochFigure({ name: metric, series, caption: `${title}: ${metric} over the epochs.` }),
      ),
    ),
  );
}

function hospitalSection({ hospital, notes }: ExperimentResults): Html {
  return section(
    "The synthetic hospital",
    table({
      head: ["group", "studies", "with embolism", "annotated slices", "background sign in positives", "in negatives"],
      rows: hospital.map(({ group, studies, positives, slices, sign }) => [
        group,
        String(studies),
        String(positives),
        String(slices),
        `${(100 * sign.positive).toFixed(0)} %`,
        `${(100 * sign.negative).toFixed(0)} %`,
      ]),
    }),
    paragraph(
      "The background sign (leads on the chest wall) goes with the label in the annotated studies and comes at random in all " +
        "others: the bias that the paper warns of. A network that learns it does well on annotated studies and fails elsewhere.",
    ),
    list(notes),
  );
}
