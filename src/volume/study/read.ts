/**
 * A study from its bytes: first what is there, then the volume of a series when it is asked for.
 *
 *     const study = await scanStudy(sources);
 *     const chosen = chooseSeries(study.series);
 *     const volume = chosen && (await readVolume(chosen, { decoder }));
 *
 * Scanning reads headers only. Reading decodes one series, slice by slice, straight into its volume, so the memory it
 * takes is the volume and a few slices. Axes come out as grid.ts puts them: left, back, head.
 */
import { FailedError, RefusedError } from "../../errors.ts";
import type { OnProgress } from "../../progress.ts";
import type { Decoder } from "../dicom/decoder.ts";
import type { Hounsfield } from "../dicom/hounsfield/table.ts";
import { type DicomObject, describeObject } from "../dicom/image.ts";
import { PixelData } from "../dicom/pixel-data.ts";
import { transferSyntaxes } from "../dicom/transfer-syntax.ts";
import { type Grid, gridFromMatrix } from "../formats/grid.ts";
import { type ImageFile, loadImageFile, looksLikeImageFile, openImageFile } from "../formats/image-file.ts";
import { airHounsfield } from "../formats/values.ts";
import { type ByteSource, reusableBuffer } from "../source.ts";
import type { Volume } from "../volume.ts";
import { expandArchives } from "./archive.ts";
import { groupObjects } from "./group.ts";
import type { PlacedSlice, ScannedStudy, Series, SkippedFile, Stack } from "./series.ts";
import { isDirectory } from "./sop-class.ts";

export interface ScanOptions {
  /** Told what it will have to decode, so that it is ready by then. */
  readonly decoder?: Decoder | undefined;
  readonly onProgress?: OnProgress | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface ReadOptions extends ScanOptions {
  readonly decoder: Decoder;
}

/** Files whose headers are read at the same time. */
const parallelScans = 8;

/**
 * What series are in these files; zip archives among them are looked into. One broken file never spoils the rest: it
 * is in `skipped`. Throws RefusedError `empty-input` when there is no file at all.
 */
export async function scanStudy(sources: readonly ByteSource[], options: ScanOptions = {}): Promise<ScannedStudy> {
  const { decoder, onProgress, signal } = options;
  const skipped: SkippedFile[] = [];
  const files = await expandArchives(sources, skipped);
  if (files.length === 0 && skipped.length === 0) throw new RefusedError("empty-input", "there is no file to read");
  const objects: DicomObject[] = [];
  const images: ImageFile[] = [];
  let next = 0;
  let done = 0;
  const work = async () => {
    while (next < files.length) {
      signal?.throwIfAborted();
      const source = files[next++]!;
      try {
        const found = await identify(source);
        if (found === undefined) continue;
        if ("transferSyntax" in found) {
          objects.push(found);
          announce(found, decoder);
        } else images.push(found);
      } catch (error) {
        if (!(error instanceof RefusedError || error instanceof FailedError)) throw error;
        skipped.push({ file: source.name, code: error.code, message: error.message });
      } finally {
        onProgress?.({ label: "scanning", done: ++done, total: files.length, unit: "files" });
      }
    }
  };
  await Promise.all(Array.from({ length: parallelScans }, work));
  const grouped = await groupObjects(objects);
  const byName = (a: { file: string }, b: { file: string }) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0);
  images.sort((a, b) => (a.source.name < b.source.name ? -1 : 1));
  return {
    series: [...grouped.series, ...images.map(imageSeries)],
    skipped: [...skipped, ...grouped.skipped].sort(byName),
  };
}

async function identify(source: ByteSource): Promise<DicomObject | ImageFile | undefined> {
  if (source.size === 0) throw new RefusedError("file-truncated", `${source.name}: is empty`);
  const object = await describeObject(source);
  if (object) return isDirectory(object) ? undefined : object;
  const image = await openImageFile(source);
  if (image) return image;
  const code = looksLikeImageFile(source.name) ? "file-corrupt" : "format-unknown";
  throw new RefusedError(code, `${source.name}: neither DICOM nor NIfTI, NRRD or MetaImage`);
}

function announce({ pixels, transferSyntax }: DicomObject, decoder: Decoder | undefined): void {
  const syntax = transferSyntaxes.get(transferSyntax);
  if (pixels && syntax) decoder?.expect({ pixels: syntax.pixels, deflated: syntax.deflated === true });
}

function imageSeries(file: ImageFile): Series {
  const { geometry, source } = file;
  const { size, spacing } = geometry;
  return {
    seriesInstanceUid: "",
    studyInstanceUid: "",
    modality: "CT",
    description: source.name,
    seriesNumber: undefined,
    accepted: true,
    reasons: [],
    warnings: [],
    slices: size[2],
    rows: size[1],
    columns: size[0],
    spacing,
    orientation: "axial",
    transferSyntax: undefined,
    contrastAgent: undefined,
    kernel: undefined,
    sliceThickness: undefined,
    geometry,
    pixels: { kind: "file", file },
    files: [source.name],
  };
}

/**
 * The volume of an accepted series: HU, Int16 unless its rescaling has fractions. Throws RefusedError when the series
 * was refused or its pixels turn out broken, FailedError `out-of-memory`.
 */
export async function readVolume(series: Series, options: ReadOptions): Promise<Volume> {
  const { pixels } = series;
  if (!pixels) {
    const [reason] = series.reasons;
    throw new RefusedError(reason?.code ?? "series-none", reason?.message ?? "the series has no volume");
  }
  options.signal?.throwIfAborted();
  try {
    if (pixels.kind === "file") {
      const volume = await loadImageFile(pixels.file);
      return { ...volume, warnings: [...series.warnings, ...volume.warnings] };
    }
    return await readStack(pixels.stack, series, options);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new FailedError("out-of-memory", `${series.description}: its volume does not fit into memory`, {
      cause: error,
    });
  }
}

async function readStack(stack: Stack, series: Series, options: ReadOptions): Promise<Volume> {
  const { decoder, onProgress, signal } = options;
  const { slices, columns, rows, fractional } = stack;
  const size = [columns, rows, slices.length] as const;
  const grid = gridFromMatrix(size, stack.steps, stack.origin, series.description);
  const voxels = fractional
    ? new Float32Array(columns * rows * slices.length)
    : new Int16Array(columns * rows * slices.length);
  const { place, inPlace } = placing(stack, grid, voxels);
  const pixelData = new Map<DicomObject, PixelData>();
  let next = 0;
  let done = 0;
  const work = async () => {
    const room = reusableBuffer();
    // All slices of a stack have the same matrix.
    let aside: Hounsfield | undefined;
    while (next < slices.length) {
      signal?.throwIfAborted();
      const index = next++;
      const slice = slices[index]!;
      const data = pixelData.get(slice.object) ?? new PixelData(slice.object);
      pixelData.set(slice.object, data);
      const job = await data.job(slice.frameIndex, room);
      const into = inPlace(index);
      if (into) {
        await decoder.decode(job, into);
      } else {
        const area = job.format.rows * job.format.columns;
        aside ??= fractional ? new Float32Array(area) : new Int16Array(area);
        await decoder.decode(job, aside);
        place(aside, slice, index);
      }
      onProgress?.({ label: "decoding", done: ++done, total: slices.length, unit: "slices" });
    }
  };
  const workers = Array.from({ length: decoder.parallel }, work);
  try {
    await Promise.all(workers);
  } catch (error) {
    next = slices.length;
    await Promise.allSettled(workers);
    throw error;
  }
  return { geometry: grid.geometry, voxels, warnings: series.warnings };
}

interface Placing {
  /** Puts a decoded slice where it belongs in the volume: in order, the right way round, shifted where sheared. */
  readonly place: (hounsfield: Int16Array | Float32Array, slice: PlacedSlice, index: number) => void;
  /** Where a slice's HU can go as they come, if they can. */
  readonly inPlace: (index: number) => Hounsfield | undefined;
}

function placing(stack: Stack, grid: Grid, voxels: Hounsfield): Placing {
  const { columns, rows, slices, margin } = stack;
  const area = columns * rows;
  const straight = margin[0] === 0 && margin[1] === 0 && slices.every(({ shift }) => shift[0] === 0 && shift[1] === 0);
  const start = (index: number): number => area * (grid.slicesReversed ? slices.length - 1 - index : index);
  return {
    place: (hounsfield, slice, index) => {
      const whole = straight ? hounsfield : shifted(hounsfield, slice, stack);
      voxels.set(grid.arrangeSlice(whole), start(index));
    },
    inPlace: (index) =>
      straight && grid.sliceUnchanged ? voxels.subarray(start(index), start(index) + area) : undefined,
  };
}

/** A slice moved within its plane, bilinearly, into the stack's matrix; air where nothing was scanned. */
function shifted(hounsfield: Int16Array | Float32Array, slice: PlacedSlice, stack: Stack): Int16Array | Float32Array {
  const { columns, rows, margin } = stack;
  const { columns: ownColumns, rows: ownRows } = slice.object.pixels!;
  const result = hounsfield instanceof Int16Array ? new Int16Array(columns * rows) : new Float32Array(columns * rows);
  result.fill(airHounsfield);
  const left = margin[0] + slice.shift[0];
  const top = margin[1] + slice.shift[1];
  const [lastColumn, lastRow] = [ownColumns - 1, ownRows - 1];
  const clamp = (index: number, last: number): number => Math.min(Math.max(index, 0), last);
  for (let row = 0; row < rows; row++) {
    const y = row - top;
    // A pixel reaches half its side beyond its centre; farther out nothing was scanned.
    if (y < -0.5 || y > lastRow + 0.5) continue;
    const above = ownColumns * clamp(Math.floor(y), lastRow);
    const below = ownColumns * clamp(Math.floor(y) + 1, lastRow);
    const down = y - Math.floor(y);
    for (let column = 0; column < columns; column++) {
      const x = column - left;
      if (x < -0.5 || x > lastColumn + 0.5) continue;
      const [before, behind] = [clamp(Math.floor(x), lastColumn), clamp(Math.floor(x) + 1, lastColumn)];
      const across = x - Math.floor(x);
      const upper = hounsfield[above + before]! * (1 - across) + hounsfield[above + behind]! * across;
      const lower = hounsfield[below + before]! * (1 - across) + hounsfield[below + behind]! * across;
      const mixed = upper * (1 - down) + lower * down;
      result[column + columns * row] = hounsfield instanceof Int16Array ? Math.round(mixed) : mixed;
    }
  }
  return result;
}
