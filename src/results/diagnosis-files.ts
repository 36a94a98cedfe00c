/**
 * A diagnosis on disk: diagnosis.json, attention.nii.gz on the CT's grid, key images; for a hospital also as DICOM.
 *
 *     const files = await writeDiagnosis("out/", chest.volume, diagnosis);
 *
 * Each file is written beside and renamed. diagnosis.json goes first when a folder is written again and comes last, so
 * a folder that has one has the rest of it.
 */
import { existsSync } from "node:fs";
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { makeFolder, writeBeside } from "../cohort/index.ts";
import type { Diagnosis } from "../diagnosis/index.ts";
import { FailedError } from "../errors.ts";
import type { Volume } from "../volume/index.ts";
import { writeParametricMap } from "./dicom/parametric-map.ts";
import { writeSecondaryCapture } from "./dicom/secondary-capture.ts";
import type { SourceSeries } from "./dicom/source-series.ts";
import { writeStructuredReport } from "./dicom/structured-report.ts";
import { type KeyImage, keyImages } from "./key-images.ts";
import { writeNifti } from "./nifti.ts";

const documentName = "diagnosis.json";
const attentionName = "attention.nii.gz";
const reportName = "report.dcm";
const keyImageCount = 3;
/** What an earlier diagnosis, or one that was killed, may have left in the folder. */
const ownFile =
  /^(key-\d+\.(png|dcm)|attention\.(dcm|nii\.gz)|report\.dcm|(diagnosis|attention|report|key-\d+)\..*\.partial)$/;

export interface DiagnosisFilesOptions {
  /** The CT as DICOM: then key images and attention are also written as objects that refer to it. */
  readonly source?: SourceSeries | undefined;
}

/** @returns the paths written, diagnosis.json first @throws FailedError `file-unwritable` */
export async function writeDiagnosis(
  folder: string,
  volume: Volume,
  diagnosis: Diagnosis,
  { source }: DiagnosisFilesOptions = {},
): Promise<string[]> {
  const images = await keyImages(volume, diagnosis, { count: keyImageCount });
  const objects = source ? await dicomObjects(diagnosis, images, source) : [];
  try {
    await makeFolder(folder);
    await rm(join(folder, documentName), { force: true });
    for (const name of await readdir(folder)) {
      if (ownFile.test(name)) await rm(join(folder, name), { force: true });
    }
    await writeNifti(join(folder, attentionName), {
      ...diagnosis.attention,
      scale: 1 / 255,
      description: "embolens attention 0..1; research use, not a medical device",
    });
    for (const { name, png } of images) await writeBeside(join(folder, name), png);
    for (const { name, content } of objects) await writeBeside(join(folder, name), content);
    await writeBeside(join(folder, documentName), `${JSON.stringify(diagnosis.document, null, 2)}\n`);
  } catch (cause) {
    if (cause instanceof FailedError) throw cause;
    throw new FailedError("file-unwritable", `${folder}: the diagnosis cannot be written there`, {
      cause,
      hint: "check that the folder may be written to and has room",
    });
  }
  const names = [...images, ...objects].map(({ name }) => name);
  return [documentName, attentionName, ...names].map((name) => join(folder, name));
}

/** report.dcm, a Structured Report, attention.dcm, a Parametric Map, and key-1.dcm and so on, Secondary Captures. */
async function dicomObjects(
  { attention, document }: Diagnosis,
  images: readonly KeyImage[],
  source: SourceSeries,
): Promise<{ readonly name: string; readonly content: Uint8Array }[]> {
  const description = { model: document.model.name, at: new Date() };
  const captures = images.map(async (image, index) => ({
    name: image.name.replace(/png$/, "dcm"),
    content: await writeSecondaryCapture(image, index + 1, source, description),
  }));
  return [
    { name: "attention.dcm", content: writeParametricMap(attention, source, description) },
    { name: reportName, content: writeStructuredReport(document, source, description.at) },
    ...(await Promise.all(captures)),
  ];
}

/** The images a diagnosis was made from. */
export interface DiagnosedImages {
  readonly number: number;
  /** Of their identifiers. */
  readonly sha256: string;
}

/** What tells whether a folder already holds a study's diagnosis by a model. */
const finishedSchema = z.looseObject({
  studyInstanceUID: z.string(),
  images: z.object({ number: z.int(), sha256: z.string() }),
  model: z.looseObject({ sha256: z.string() }),
});

/** Whether the folder's diagnosis was written as DICOM objects too. */
export const hasDicomObjects = (folder: string): boolean => existsSync(join(folder, reportName));

/** Whether the folder holds the finished diagnosis of this study, from these images, by the model with this checksum. */
export async function isDiagnosed(
  folder: string,
  studyInstanceUID: string,
  sha256: string,
  images: DiagnosedImages,
): Promise<boolean> {
  try {
    const found = finishedSchema.parse(JSON.parse(await readFile(join(folder, documentName), "utf8")));
    const sameImages = found.images.number === images.number && found.images.sha256 === images.sha256;
    return sameImages && found.studyInstanceUID === studyInstanceUID && found.model.sha256 === sha256;
  } catch {
    return false;
  }
}
