/**
 * RSNA-STR Pulmonary Embolism Detection 2020 as a cohort.
 *
 *     const { cohort } = await importRsna("rsna", "rsna/cohort.json", {});
 *
 * The published layout: `train.csv` beside `train/<study>/<series>/<image>.dcm`; one row an image, with
 * `pe_present_on_image` and the exam's labels. Colak et al. 2021, "The RSNA Pulmonary Embolism CT Dataset". Emboli are
 * not outlined: positive exams get annotations without a mask, which name the slices that show one. An exam labelled
 * indeterminate becomes uncertain; patients are not published, so every exam stands for itself. An exam whose images make
 * no volume is left out with the reason.
 */
import { createReadStream, existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { parse } from "csv-parse";
import { z } from "zod";
import { FailedError, RefusedError } from "../../errors.ts";
import { chooseSeries, scanStudy } from "../../volume/index.ts";
import { openPaths } from "../../volume/node/index.ts";
import { relativePath } from "../file.ts";
import type { CohortStudy } from "../manifest.ts";
import type { Imported, ImportOptions } from "./options.ts";
import { type PlacedFile, placedFiles } from "./slice-positions.ts";

const flag = z.enum(["0", "1"]).transform((text) => text === "1");
const rowSchema = z.object({
  StudyInstanceUID: z.string().min(1),
  SeriesInstanceUID: z.string().min(1),
  SOPInstanceUID: z.string().min(1),
  pe_present_on_image: flag,
  negative_exam_for_pe: flag,
  indeterminate: flag,
});

interface Exam {
  readonly study: string;
  readonly series: string;
  readonly negative: boolean;
  readonly indeterminate: boolean;
  /** Images that show an embolus. */
  readonly positiveImages: Set<string>;
}

/** @param folder that holds train.csv @param target the cohort file, which paths are relative to */
export async function importRsna(folder: string, target: string, options: ImportOptions): Promise<Imported> {
  const exams = await readExams(join(folder, "train.csv"), options);
  const studies: CohortStudy[] = [];
  const skipped: Imported["skipped"][number][] = [];
  for (const exam of exams) {
    options.signal?.throwIfAborted();
    const series = join(folder, "train", exam.study, exam.series);
    try {
      if (existsSync(series)) studies.push(await studyOf(exam, series, dirname(resolve(target)), options));
      else skipped.push({ id: exam.study, code: "file-missing", message: `there is no ${series}` });
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      skipped.push({ id: exam.study, code: error.code, message: error.message });
    }
    const done = studies.length + skipped.length;
    options.onProgress?.({ label: "importing", done, total: exams.length, unit: "exams" });
  }
  if (studies.length === 0) {
    throw new RefusedError("data-insufficient", `${folder}: none of the ${exams.length} exams of train.csv is there`, {
      hint: "unpack the images as train/<study>/<series>/<image>.dcm beside train.csv",
    });
  }
  const cohort = {
    name: "RSNA-STR Pulmonary Embolism Detection 2020",
    description:
      "Colak et al., The RSNA Pulmonary Embolism CT Dataset, Radiology: Artificial Intelligence 2021;3:2. " +
      "Labels are the publishers'; emboli are marked by image, not outlined.",
    studies,
  };
  return { cohort, skipped };
}

async function readExams(file: string, { signal }: ImportOptions): Promise<Exam[]> {
  if (!existsSync(file)) {
    throw new FailedError("file-missing", `there is no ${file}`, {
      hint: "name the folder that holds the challenge's train.csv",
    });
  }
  const exams = new Map<string, Exam>();
  let line = 1;
  const rows = createReadStream(file).pipe(parse({ columns: true, bom: true, skip_empty_lines: true }));
  for await (const row of rows) {
    line++;
    if (line % 10_000 === 0) signal?.throwIfAborted();
    const parsed = rowSchema.safeParse(row);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      throw new RefusedError(
        "file-corrupt",
        `${file}, line ${line}, column ${issue!.path.join(".")}: ${issue!.message}`,
      );
    }
    const image = parsed.data;
    const exam = exams.get(image.StudyInstanceUID) ?? {
      ...{ study: image.StudyInstanceUID, series: image.SeriesInstanceUID },
      ...{
        negative: image.negative_exam_for_pe,
        indeterminate: image.indeterminate,
        positiveImages: new Set<string>(),
      },
    };
    exams.set(image.StudyInstanceUID, exam);
    if (image.pe_present_on_image) exam.positiveImages.add(image.SOPInstanceUID);
  }
  return [...exams.values()];
}

async function studyOf(exam: Exam, series: string, target: string, options: ImportOptions): Promise<CohortStudy> {
  const value = exam.indeterminate ? "uncertain" : exam.negative ? "absent" : "present";
  // Only positive exams need the headers of their images: on the others every slice is negative.
  const images = value === "present" ? await imagesOf(series, options) : [];
  const positiveSlices = images
    .filter(({ name }) => exam.positiveImages.has(name.replace(/\.dcm$/, "")))
    .map(({ height }) => height);
  return {
    ...{ id: exam.study, studyInstanceUID: exam.study, patient: null, hospital: null },
    series: relativePath(target, series),
    label: { value, origin: "data-set" },
    annotations:
      positiveSlices.length === 0 ? [] : [{ mask: null, slices: images.map(({ height }) => height), positiveSlices }],
    split: null,
  };
}

/** @throws RefusedError "series-none" where no volume can be made of the images */
async function imagesOf(folder: string, { signal }: ImportOptions): Promise<PlacedFile[]> {
  const { series } = await scanStudy(await openPaths([folder]), { signal });
  const chosen = chooseSeries(series);
  if (chosen) return placedFiles(chosen);
  const [reason] = series.flatMap(({ reasons }) => reasons);
  throw new RefusedError("series-none", `${folder} holds no series that can be read: ${reason?.message ?? "no CT"}`);
}
