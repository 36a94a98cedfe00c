/**
 * NIfTI-1 files: the form in which viewers take masks, maps and volumes.
 *
 *     await writeNifti("attention.nii.gz", { geometry, voxels, scale: 1 / 255, description: "attention" });
 *
 * Compressed when its name ends in .gz. How the bytes are laid out: volume/formats/write-nifti.ts.
 */
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { writeAtomic } from "../cohort/index.ts";
import { FailedError } from "../errors.ts";
import { encodeNifti, type NiftiImage } from "../volume/index.ts";

export { encodeNifti, type NiftiImage };

/** Writes the file beside, then renames. @throws FailedError `file-unwritable` */
export async function writeNifti(path: string, image: NiftiImage): Promise<void> {
  // Maps are mostly zero and masks have long runs: a light compression already takes nearly all there is to take.
  const file = encodeNifti(image);
  const content = path.endsWith(".gz") ? await promisify(gzip)(file, { level: 2 }) : file;
  try {
    await writeAtomic(path, content);
  } catch (cause) {
    throw new FailedError("file-unwritable", `${path} cannot be written`, {
      cause,
      hint: "check that the folder exists, may be written to and has room",
    });
  }
}
