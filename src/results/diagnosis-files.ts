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
import { makeFolder, writeAtomic } from "../cohort/index.ts";
import { attentionView, type Diagnosis } from "../diagnosis/index.ts";
import { type ErrorCode, FailedError } from "../errors.ts";
import type { Volume } from "../volume/index.ts";
import { diagnosisObjects, reportName } from "./diagnosis-objects.ts";
import type { SourceSeries } from "./dicom/source-series.ts";
import { keyImageCount, keyImages } from "./key-images.ts";
import { writeNifti } from "./nifti.ts";

const documentName = "diagnosis.json";
const attentionName = "attention.nii.gz";
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
  const { document, attention } = diagnosis;
  const objects = source
    ? diagnosisObjects({ document, view: attentionView(attention), images }, source, new Date())
    : [];
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
    for (const { name, png } of images) await writeAtomic(join(folder, name), png);
    for (const { name, write } of objects) await writeAtomic(join(folder, name), await write());
    await writeAtomic(join(folder, documentName), `${JSON.stringify(diagnosis.document, null, 2)}\n`);
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
  warnings: z.array(z.looseObject({ code: z.string() })),
});

export interface WantedDiagnosis {
  readonly studyInstanceUID: string;
  /** The model's checksum. */
  readonly model: string;
  readonly images: DiagnosedImages;
  /** Whether it is wanted as DICOM objects too. */
  readonly dicom: boolean;
}

/** Whether the folder holds a study's finished diagnosis as it is wanted; of a CT that can carry no objects, without them. */
export async function isDiagnosed(folder: string, wanted: WantedDiagnosis): Promise<boolean> {
  try {
    const found = finishedSchema.parse(JSON.parse(await readFile(join(folder, documentName), "utf8")));
    const { studyInstanceUID, images, model, warnings } = found;
    const isSameCt = studyInstanceUID === wanted.studyInstanceUID && images.sha256 === wanted.images.sha256;
    const isSame = isSameCt && images.number === wanted.images.number && model.sha256 === wanted.model;
    const isComplete = !wanted.dicom || existsSync(join(folder, reportName)) || warnings.some(isMixed);
    return isSame && isComplete;
  } catch {
    return false;
  }
}

const mixed: ErrorCode = "segmentation-source-mixed";
const isMixed = ({ code }: { readonly code: string }): boolean => code === mixed;
