/**
 * FUMPE as a cohort.
 *
 *     const { cohort } = await importFumpe("fumpe", "fumpe/cohort.json", {});
 *
 * The published layout: `CT_scans/PAT001/*.dcm` and `GroundTruth/PAT001.mat` (also `PAT001` without `GroundTruth/`),
 * the mask a MATLAB array of rows x columns x slices in the order of the image files. Masoudi et al. 2018, "A new
 * dataset of computed-tomography angiography images for computer-aided detection of pulmonary embolism". Masks become
 * NIfTI files on their CT's grid beside the cohort file.
 *
 * A mask laid on the wrong way round would still be a mask, so each is held against the CT: most of what it marks must
 * be clot, 0 to 150 HU or so, and not lung or contrast. If it is so only with the slices in the opposite order, that
 * order is taken; if in neither, the patient is left out with the reason.
 */
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { RefusedError } from "../../errors.ts";
import {
  encodeNifti,
  type Geometry,
  type Mask,
  type ReadOptions,
  readVolume,
  scanStudy,
  toPatient,
  toVoxel,
  type Volume,
  voxelPoint,
} from "../../volume/index.ts";
import { nodeDecoder, openPaths } from "../../volume/node/index.ts";
import { makeFolder, relativePath, writeAtomic } from "../file.ts";
import type { CohortStudy } from "../manifest.ts";
import { type MatlabArray, readMatlab } from "./matlab.ts";
import type { Imported, ImportOptions } from "./options.ts";
import { type PlacedFile, placedFiles } from "./slice-positions.ts";

/** What a clot and its partial volume with contrast or wall may have. */
const clotHu = { lower: -50, upper: 250 };
const leastPlausible = 0.6;

/** @param target the cohort file; masks are written into `masks/` beside it */
export async function importFumpe(folder: string, target: string, options: ImportOptions): Promise<Imported> {
  const scans = join(folder, "CT_scans");
  const patients = existsSync(scans) ? (await readdir(scans)).filter((name) => /^PAT\d+$/i.test(name)).sort() : [];
  if (patients.length === 0) throw new RefusedError("data-insufficient", `${folder} holds no CT_scans/PAT… of FUMPE`);
  const base = dirname(resolve(target));
  await makeFolder(join(base, "masks"));
  const decoder = nodeDecoder();
  const studies: CohortStudy[] = [];
  const skipped: Imported["skipped"][number][] = [];
  try {
    for (const patient of patients) {
      try {
        studies.push(await studyOf(patient, folder, base, { ...options, decoder }));
      } catch (error) {
        if (!(error instanceof RefusedError)) throw error;
        skipped.push({ id: patient, code: error.code, message: error.message });
      }
      const done = studies.length + skipped.length;
      options.onProgress?.({ label: "importing", done, total: patients.length, unit: "patients" });
    }
  } finally {
    await decoder.close();
  }
  const description = "Masoudi et al., Scientific Data 5, 180180 (2018).";
  return { cohort: { name: "FUMPE", description, studies }, skipped };
}

async function studyOf(patient: string, folder: string, base: string, options: ReadOptions): Promise<CohortStudy> {
  const series = join(folder, "CT_scans", patient);
  const scanned = await scanStudy(await openPaths([series]), { signal: options.signal });
  const [chosen] = scanned.series.filter(({ accepted }) => accepted);
  if (!chosen) throw new RefusedError("series-none", `${series} holds no series that can be read`);
  const volume = await readVolume(chosen, { decoder: options.decoder, signal: options.signal });
  const { geometry, voxels } = layOn(patient, await groundTruth(folder, patient), volume, placedFiles(chosen));
  const path = join(base, "masks", `${patient}.nii.gz`);
  await writeAtomic(path, gzipSync(encodeNifti({ geometry, voxels, description: `FUMPE ${patient}` })));
  return {
    ...{ id: patient, patient, hospital: null, series: relativePath(base, series) },
    label: { value: voxels.includes(1) ? "present" : "absent", origin: "annotation" },
    annotations: [{ mask: relativePath(base, path), slices: "all" }],
    split: null,
  };
}

async function groundTruth(folder: string, patient: string): Promise<MatlabArray> {
  const places = [join(folder, "GroundTruth", `${patient}.mat`), join(folder, `${patient}.mat`)];
  const file = places.find(existsSync);
  if (file === undefined) throw new RefusedError("data-insufficient", `there is no ${places[0]}`);
  const array = readMatlab(file, await readFile(file)).find(({ size }) => size.length === 3);
  if (array === undefined) throw new RefusedError("file-corrupt", `${file} holds no array of three dimensions`);
  return array;
}

/** The MATLAB mask on the CT's grid, its slices in the order of the image files or the opposite one. */
function layOn(patient: string, array: MatlabArray, volume: Volume, files: readonly PlacedFile[]): Mask {
  const [columns, rows] = files[0]?.geometry.size ?? [0, 0];
  const [maskRows, maskColumns, maskSlices] = array.size;
  if (maskRows !== rows || maskColumns !== columns || maskSlices !== files.length) {
    throw new RefusedError(
      "annotation-invalid",
      `${patient}: a mask of ${array.size.join(" x ")} for ${files.length} images of ${rows} x ${columns}`,
    );
  }
  for (const order of [files, [...files].reverse()]) {
    const mask = { geometry: volume.geometry, voxels: inOrder(array, volume.geometry, order) };
    if (plausibleShare(mask, volume) >= leastPlausible) return mask;
  }
  throw new RefusedError("annotation-invalid", `${patient}: in neither order of slices does the mask lie on clot`);
}

/** Every marked pixel where its image lies in the volume, which may be turned or, for a tilted gantry, shifted. */
function inOrder({ values }: MatlabArray, volume: Geometry, files: readonly PlacedFile[]): Uint8Array {
  const [columns, rows, slices] = volume.size;
  const voxels = new Uint8Array(columns * rows * slices);
  for (const [page, { geometry }] of files.entries()) {
    const [ownColumns, ownRows] = geometry.size;
    for (let column = 0; column < ownColumns; column++) {
      for (let row = 0; row < ownRows; row++) {
        if (values[row + ownRows * (column + ownColumns * page)] === 0) continue;
        const place = toVoxel(volume, toPatient(geometry, voxelPoint(column, row, 0)));
        const [x, y, z] = place.map(Math.round) as [number, number, number];
        voxels[x + columns * (y + rows * z)] = 1;
      }
    }
  }
  return voxels;
}

/** The share of marked voxels that can be clot; 1 for an empty mask. */
function plausibleShare({ voxels }: Mask, volume: Volume): number {
  let marked = 0;
  let plausible = 0;
  for (let voxel = 0; voxel < voxels.length; voxel++) {
    if (voxels[voxel] === 0) continue;
    const hu = volume.voxels[voxel]!;
    marked++;
    if (hu >= clotHu.lower && hu <= clotHu.upper) plausible++;
  }
  return marked === 0 ? 1 : plausible / marked;
}
