/** What the report says of the hospital: its groups counted, and what a reader of the figures should know. */
import type { StudyRecord } from "../cohort/index.ts";
import type { PlannedStudy } from "./hospital.ts";
import type { GroupCount } from "./results.ts";
import type { ExperimentSettings } from "./settings.ts";

const groups: readonly (readonly [name: string, of: (study: PlannedStudy) => boolean])[] = [
  ["annotated, training", ({ group, split }) => group === "annotated" && split === "train"],
  ["annotated, validation", ({ group, split }) => group === "annotated" && split === "validation"],
  ["label only, training", ({ group, split }) => group === "label-only" && split === "train"],
  ["label only, validation", ({ group, split }) => group === "label-only" && split === "validation"],
  ["test", ({ group }) => group === "test"],
];

export function groupCounts(planned: readonly PlannedStudy[], records: readonly StudyRecord[]): GroupCount[] {
  const slicesOf = new Map(records.map(({ id, annotated }) => [id, annotated.filter((one) => one.positive).length]));
  return groups.map(([group, of]) => {
    const studies = planned.filter(of);
    const share = (wanted: boolean) => {
      const some = studies.filter(({ positive }) => positive === wanted);
      return some.filter(({ sign }) => sign).length / Math.max(1, some.length);
    };
    return {
      group,
      studies: studies.length,
      positives: studies.filter(({ positive }) => positive).length,
      slices: studies.reduce((sum, { id }) => sum + (slicesOf.get(id) ?? 0), 0),
      sign: { positive: share(true), negative: share(false) },
    };
  });
}

export function notes({
  hospital,
  preprocessing,
  stageOne,
  stageTwo,
  comparators,
  cnn3d,
  penet,
}: ExperimentSettings): string[] {
  const { grid, burdens, annotationSpacing, smallestSection } = hospital;
  const shares = Object.entries(burdens)
    .filter(([, share]) => share > 0)
    .map(([level, share]) => `${level} ${(100 * share).toFixed(0)} %`);
  const { crop, scanSlices, scanStride } = preprocessing.slabs;
  return [
    `Studies are made on a grid of ${grid.columns} x ${grid.columns} pixels and slices of ${grid.sliceSpacing} mm, and prepared to ${crop} x ${crop} pixels and ${scanSlices / scanStride} slabs; the paper has 384 x 384 and 50.`,
    `Where the largest embolus of a positive study lies: ${shares.join(", ")}.`,
    `Annotated slices show ${smallestSection} mm² of embolus or more and lie ${annotationSpacing} mm apart or more; PENet, which counts positive slices, gets every such slice of the annotated studies outlined.`,
    "The lungs' range comes from the simulated anatomy instead of being searched in the image.",
    `Networks are the size of the small presets: stage I ${stageOne.network.width} channels wide, ${stageOne.recipe.epochs} epochs; stage II ${stageTwo.network.filters} filters, ${stageTwo.recipe.epochs} epochs, dropout ${stageTwo.network.inputDropout} of inputs, ${stageTwo.network.recurrentDropout} of states, ${stageTwo.network.denseDropout} before the dense layer.`,
    ...(comparators.length > 0
      ? [
          `Comparators: 3D CNN ${cnn3d.recipe.epochs} epochs; PENet ${penet.recipe.epochs} epochs of ${penet.recipe.windows} windows. They were made for far larger data and longer training; their rows say how they do under these conditions, not what they can do.`,
        ]
      : []),
    "Negative slabs of validation and test are drawn once, as many as there are annotated positive ones.",
    "Before a network was judged, the test studies were held against the record of patients in its own file; a network that had seen one of them would have been refused.",
    "Mean and maximum are of the slab probabilities of stage I with attention training.",
  ];
}
