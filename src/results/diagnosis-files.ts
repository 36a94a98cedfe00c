/**
 * A diagnosis on disk: diagnosis.json, attention.nii.gz on the CT's grid, key images.
 *
 *     const files = await writeDiagnosis("out/", chest.volume, diagnosis);
 *
 * Each file is written beside and renamed. diagnosis.json goes first when a folder is written again and comes last, so
 * a folder that has one has the rest of it.
 */
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { writeBeside } from "../cohort/index.ts";
import type { Diagnosis } from "../diagnosis/index.ts";
import { FailedError } from "../errors.ts";
import type { Volume } from "../volume/index.ts";
import { keyImages } from "./key-images.ts";
import { writeNifti } from "./nifti.ts";

const documentName = "diagnosis.json";
const attentionName = "attention.nii.gz";
const keyImageCount = 3;

/** @returns the paths written, diagnosis.json first @throws FailedError `file-unwritable` */
export async function writeDiagnosis(folder: string, volume: Volume, diagnosis: Diagnosis): Promise<string[]> {
  const images = await keyImages(volume, diagnosis, { count: keyImageCount });
  try {
    await mkdir(folder, { recursive: true });
    await rm(join(folder, documentName), { force: true });
    for (const name of await readdir(folder)) {
      if (/^key-\d+\.png$/.test(name)) await rm(join(folder, name), { force: true });
    }
    await writeNifti(join(folder, attentionName), {
      ...diagnosis.attention,
      scale: 1 / 255,
      description: "embolens attention 0..1; research use, not a medical device",
    });
    for (const { name, png } of images) await writeBeside(join(folder, name), png);
    await writeBeside(join(folder, documentName), `${JSON.stringify(diagnosis.document, null, 2)}\n`);
  } catch (cause) {
    if (cause instanceof FailedError) throw cause;
    throw new FailedError("file-unwritable", `${folder}: the diagnosis cannot be written there`, {
      cause,
      hint: "check that the folder may be written to and has room",
    });
  }
  return [documentName, attentionName, ...images.map(({ name }) => name)].map((name) => join(folder, name));
}

/** What tells whether a folder already holds a study's diagnosis by a model. */
const finishedSchema = z.looseObject({
  studyInstanceUID: z.string(),
  model: z.looseObject({ sha256: z.string() }),
});

/** Whether the folder holds the finished diagnosis of this study by the model with this checksum. */
export async function isDiagnosed(folder: string, studyInstanceUID: string, sha256: string): Promise<boolean> {
  try {
    const found = finishedSchema.safeParse(JSON.parse(await readFile(join(folder, documentName), "utf8")));
    return found.success && found.data.studyInstanceUID === studyInstanceUID && found.data.model.sha256 === sha256;
  } catch {
    return false;
  }
}
