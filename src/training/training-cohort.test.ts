import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { StudyRecord } from "../cohort/index.ts";
import type { Provenance } from "../model/index.ts";
import { patientPoint } from "../volume/index.ts";
import { assertHeldOut, overlapWithTraining, recordTrainingCohort } from "./training-cohort.ts";

const hash = (text: string) => createHash("sha256").update(text).digest("hex");
const geometry = {
  size: [1, 1, 1] as [number, number, number],
  spacing: [1, 1, 1] as [number, number, number],
  origin: patientPoint(0, 0, 0),
  axes: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ] as [[number, number, number], [number, number, number], [number, number, number]],
};
const study = (id: string, more: Partial<StudyRecord> = {}): StudyRecord => ({
  ...{ format: "embolens-prepared-study", version: 1, id, patient: null, hospital: null, studyInstanceUID: null },
  ...{ label: { value: "present", origin: "manual" }, split: "test", source: null, content: hash(`content ${id}`) },
  ...{ scanContent: null, stageOne: geometry, scan: geometry, annotated: [], warnings: [] },
  ...more,
});
const provenance = (seen: Provenance["seen"]): Provenance => ({
  ...{ program: "p", data: "d", studies: 1, positives: 1, seed: 1, settings: {}, metrics: {}, seen },
});
const store = hash("a store");
const trainedOn = async (trained: readonly StudyRecord[], validated: readonly StudyRecord[] = []) => ({
  name: "a model",
  training: [provenance(await recordTrainingCohort(store, { trained, validated }))],
});

describe("a model's record of whom it has seen", () => {
  it.each([
    ["the patient's number at the hospital", { patient: "P1", hospital: "A" }, "patient"],
    ["the study's UID, where another name and no patient is given", { studyInstanceUID: "1.2.3" }, "study"],
    ["the voxels of the CT, whatever else it is called", { scanContent: hash("voxels") }, "CT"],
    ["the study's id, where nothing better is known", { id: "s1" }, "name"],
  ] as const)("recognises a study by %s", async (_, shared, by) => {
    const model = await trainedOn([study("s1", shared)]);
    const again = study("other", { ...shared, label: null, split: "train" });
    expect((await overlapWithTraining(model, [again])).studies).toEqual([{ id: again.id, part: "training", by }]);
  });

  it("takes nobody for a patient of the same number at another hospital, or for a study of the same id", async () => {
    const model = await trainedOn([study("1", { patient: "P1", hospital: "A" })]);
    const strangers = [study("1", { patient: "P1", hospital: "B" }), study("1", { patient: "P2", hospital: "A" })];
    expect((await overlapWithTraining(model, strangers)).studies).toEqual([]);
  });

  it("counts all studies of a patient of whom it knows one, also one known by its UID alone", async () => {
    const model = await trainedOn([], [study("a", { studyInstanceUID: "1.2" })]);
    const known = study("x", { studyInstanceUID: "1.2", patient: "P1", split: "train" });
    const asked = [study("y", { studyInstanceUID: "1.3", patient: "P1" }), study("z", { patient: "P2" })];
    const { studies } = await overlapWithTraining(model, asked, [known, ...asked]);
    expect(studies).toEqual([{ id: "y", part: "validation", by: "patient" }]);
  });

  it("names training before validation, and both stages' patients", async () => {
    const [a, b] = [study("a", { patient: "A" }), study("b", { patient: "B" })];
    const [one, two] = [await trainedOn([a], []), await trainedOn([b], [a])];
    const both = { training: [...one.training, ...two.training] };
    expect((await overlapWithTraining(both, [b, a])).studies.map(({ part }) => part)).toEqual(["training", "training"]);
    expect((await overlapWithTraining(two, [a])).studies).toMatchObject([{ part: "validation" }]);
  });

  it("says of weights from elsewhere that it does not know, and knows all of weights that were never trained", async () => {
    const own = await recordTrainingCohort(store, { trained: [study("a")], validated: [] });
    const recordOf = async (...seen: Provenance["seen"][]) =>
      (await overlapWithTraining({ training: seen.map(provenance) }, [])).record;
    expect(await Promise.all([recordOf(), recordOf(own), recordOf(null), recordOf(null, own)])).toEqual([
      ...["complete", "complete", "missing", "partial"],
    ]);
  });

  it("holds eight letters a patient, no number in plain, and other letters under another salt", async () => {
    const studies = Array.from({ length: 50 }, (_, index) => study(`s${index}`, { patient: `MRN${index}` }));
    const seen = await recordTrainingCohort(store, { trained: studies, validated: [] });
    expect(seen.trained).toHaveLength(8 * 50);
    expect(JSON.stringify(seen)).not.toContain("MRN");
    const other = await recordTrainingCohort(hash("another"), { trained: studies, validated: [] });
    const lettersOf = (list: string) => list.match(/.{8}/g)!;
    expect(lettersOf(other.trained).filter((one) => lettersOf(seen.trained).includes(one))).toEqual([]);
    // The order of studies leaves no trace.
    expect(await recordTrainingCohort(store, { trained: [...studies].reverse(), validated: [] })).toEqual(seen);
  });

  it("finds exactly those it was given, whoever is asked about", async () => {
    const numbers = fc.uniqueArray(fc.integer({ min: 0, max: 40 }), { maxLength: 12 });
    const patient = (number: number) => study(`s${number}`, { patient: String(number), hospital: "H" });
    await fc.assert(
      fc.asyncProperty(numbers, numbers, numbers, async (trained, validated, asked) => {
        const model = await trainedOn(trained.map(patient), validated.map(patient));
        const { studies } = await overlapWithTraining(model, asked.map(patient));
        const expected = asked.flatMap((number) =>
          trained.includes(number)
            ? [[`s${number}`, "training"]]
            : validated.includes(number)
              ? [[`s${number}`, "validation"]]
              : [],
        );
        expect(studies.map(({ id, part }) => [id, part])).toEqual(expected);
      }),
      { numRuns: 25 },
    );
  });

  it("refuses a test on a patient it knows, by the study's name", async () => {
    const [known, stranger] = [study("known", { patient: "P" }), study("stranger", { patient: "Q" })];
    const model = await trainedOn([known]);
    await expect(assertHeldOut(model, [stranger, known])).rejects.toMatchObject({ code: "studies-seen", exitCode: 3 });
    await expect(assertHeldOut(model, [stranger])).resolves.toBeUndefined();
  });
});
