/**
 * Objects into series: by patient, study, frame of reference and series identifier, then by kind, orientation, matrix
 * and pixel spacing, then by reconstruction, phase and acquisition.
 *
 *     const { series, skipped } = await groupObjects(objects);
 *
 * What doesn't belong becomes a series of its own with its reason, so that what is good beside it can still be read.
 */
import { RefusedError, type Warning } from "../../errors.ts";
import type { DicomObject } from "../dicom/image.ts";
import { gridFromMatrix } from "../formats/grid.ts";
import type { Triple } from "../geometry.ts";
import { type Part, separate } from "./acquisitions.ts";
import type { Orientation, Series, SkippedFile, Slice } from "./series.ts";
import { frameRefusal, refusals } from "./sop-class.ts";
import { buildStack, directions } from "./stack.ts";

/** Cosine of the angle within which slices are parallel: about 0.5 degrees. */
const parallel = Math.cos((0.5 * Math.PI) / 180);
/** Relative difference within which pixel spacings are equal; they are written with five or six digits. */
const sameSpacing = 1e-3;
/** Cosine of the largest angle at which a series is still called axial, coronal or sagittal: 35 degrees. */
const nearPlane = Math.cos((35 * Math.PI) / 180);

export async function groupObjects(
  objects: readonly DicomObject[],
): Promise<{ readonly series: readonly Series[]; readonly skipped: readonly SkippedFile[] }> {
  const skipped: SkippedFile[] = [];
  const series: Series[] = [];
  for (const sharing of groupUnder(objects, ({ seriesInstanceUid }) => seriesInstanceUid).values()) {
    const origins = [...groupUnder(sharing, originOf).values()];
    const shared = origins.length > 1 ? [sharedSeries(origins)] : [];
    for (const members of origins) series.push(...(await seriesOf(members, shared, skipped)));
  }
  series.sort(
    (a, b) =>
      (a.seriesNumber ?? Number.POSITIVE_INFINITY) - (b.seriesNumber ?? Number.POSITIVE_INFINITY) ||
      compare(a.seriesInstanceUid, b.seriesInstanceUid) ||
      b.slices - a.slices ||
      compare(a.files[0] ?? "", b.files[0] ?? ""),
  );
  skipped.sort((a, b) => compare(a.file, b.file));
  return { series, skipped };
}

/** Whose body the slice shows, and in which coordinates: no volume reaches over two of these. */
const originOf = ({ patient, studyInstanceUid, frameOfReferenceUid }: DicomObject): string =>
  [patient, studyInstanceUid, frameOfReferenceUid].join("\n");

function sharedSeries(origins: readonly (readonly DicomObject[])[]): Warning {
  const { seriesDescription, seriesInstanceUid } = origins[0]![0]!;
  const message = `${seriesDescription || seriesInstanceUid || "series"}: ${origins.length} patients, studies or frames of reference share this series' identifier; each is taken for itself`;
  return { code: "series-mixed", message };
}

/** The series of objects of one origin and series identifier. */
async function seriesOf(
  members: readonly DicomObject[],
  shared: readonly Warning[],
  skipped: SkippedFile[],
): Promise<Series[]> {
  const usable: DicomObject[] = [];
  const refused = new Map<string, { objects: DicomObject[]; reasons: Warning[] }>();
  for (const object of members) {
    const reasons = refusals(object);
    if (reasons.length === 0) {
      usable.push(object);
      continue;
    }
    const kind = reasons.map(({ code }) => code).join(" ");
    const group = refused.get(kind) ?? { objects: [], reasons };
    group.objects.push(object);
    refused.set(kind, group);
  }
  const accepted = await usableSeries(usable, shared, skipped);
  return [...[...refused.values()].map((group) => refusedSeries(group.objects, group.reasons)), ...accepted];
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function groupUnder<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group) group.push(item);
    else groups.set(key(item), [item]);
  }
  return groups;
}

async function usableSeries(
  objects: readonly DicomObject[],
  shared: readonly Warning[],
  skipped: SkippedFile[],
): Promise<Series[]> {
  const slices: Slice[] = [];
  const lost = new Map<string, Warning>();
  for (const object of objects) {
    object.frames.forEach((frame, frameIndex) => {
      const refusal = frameRefusal(object, frame);
      if (!refusal) slices.push({ object, frame, frameIndex });
      else if (!lost.has(object.source.name)) lost.set(object.source.name, refusal);
    });
  }
  if (slices.length === 0) {
    const [refusal] = lost.values();
    return refusal ? [refusedSeries(objects, [refusal])] : [];
  }
  for (const [file, refusal] of lost) skipped.push({ file, ...refusal });
  const damaged: Warning[] =
    lost.size === 0
      ? []
      : [{ code: [...lost.values()][0]!.code, message: `${lost.size} of its files had to be left out` }];
  const name = objects[0]!.seriesDescription || objects[0]!.seriesInstanceUid || objects[0]!.source.name;
  const irregular = [
    ...groupUnder(
      objects.flatMap(({ notes }) => notes),
      (note) => note,
    ).entries(),
  ].map(
    ([note, files]): Warning => ({
      code: "file-irregular",
      message: `${name}: ${note} (${files.length} of ${objects.length} files)`,
    }),
  );
  const clusters = parallelClusters(slices);
  const parts = (await Promise.all(clusters.map((cluster) => separateCluster(cluster, name)))).flat();
  const mixed = clusters.length > 1 ? [mixture(clusters, name)] : [];
  return parts.map(({ slices: own, reasons, warnings }) => {
    const found: Part = {
      slices: own,
      reasons,
      warnings: [...shared, ...mixed, ...irregular, ...damaged, ...warnings],
    };
    return stackSeries(found, name);
  });
}

/** Slices of one orientation, matrix and pixel spacing each. */
function parallelClusters(slices: readonly Slice[]): Slice[][] {
  const clusters: Slice[][] = [];
  for (const slice of slices) {
    const cluster = clusters.find(([first]) => matches(first!, slice));
    if (cluster) cluster.push(slice);
    else clusters.push([slice]);
  }
  return clusters;
}

const dot = (a: Triple, b: Triple): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const isParallel = (a: Slice, b: Slice): boolean =>
  [0, 1].every((axis) => dot(a.frame.orientation![axis]!, b.frame.orientation![axis]!) > parallel);

function matches(a: Slice, b: Slice): boolean {
  const [one, other] = [a.object.pixels!, b.object.pixels!];
  const near = (index: 0 | 1) =>
    Math.abs(a.frame.pixelSpacing![index] / b.frame.pixelSpacing![index] - 1) < sameSpacing;
  return one.rows === other.rows && one.columns === other.columns && near(0) && near(1) && isParallel(a, b);
}

function mixture(clusters: readonly Slice[][], name: string): Warning {
  const [first] = clusters[0]!;
  const turned = clusters.some(([other]) => !isParallel(first!, other!));
  const what = turned ? "orientations" : "matrices or pixel spacings";
  return {
    code: turned ? "orientation-mixed" : "matrix-mixed",
    message: `${name}: slices of ${clusters.length} ${what} share this series; each is taken for itself`,
  };
}

async function separateCluster(cluster: readonly Slice[], name: string): Promise<Part[]> {
  const [, , normal] = directions(cluster[0]!);
  try {
    return await separate(cluster, normal, name);
  } catch (error) {
    // Reading a slice's bytes to compare it with its double may find it broken.
    if (!(error instanceof RefusedError)) throw error;
    return [{ slices: cluster, reasons: [{ code: error.code, message: error.message }], warnings: [] }];
  }
}

function orientationOf(slice: Slice): Orientation {
  const [, , normal] = directions(slice);
  const [x, y, z] = normal.map(Math.abs) as [number, number, number];
  if (z >= nearPlane) return "axial";
  if (y >= nearPlane) return "coronal";
  if (x >= nearPlane) return "sagittal";
  return "oblique";
}

/** What every slice of a part shares, taken from its first. */
function common(slices: readonly Slice[], fallback: DicomObject) {
  const [first] = slices;
  const object = first?.object ?? fallback;
  const tagged = slices.find((slice) => slice.object.contrastAgent !== "")?.object.contrastAgent;
  return {
    seriesInstanceUid: object.seriesInstanceUid,
    studyInstanceUid: object.studyInstanceUid,
    modality: object.modality,
    description: object.seriesDescription,
    seriesNumber: object.seriesNumber,
    rows: object.pixels?.rows ?? 0,
    columns: object.pixels?.columns ?? 0,
    transferSyntax: object.transferSyntax || undefined,
    contrastAgent: tagged ?? (object.contrastAgent || undefined),
    kernel: first?.frame.kernel,
    sliceThickness: first?.frame.sliceThickness,
  };
}

function stackSeries(part: Part, name: string): Series {
  const { slices } = part;
  const first = slices[0]!;
  const orientation = orientationOf(first);
  const built = buildStack(slices, name);
  const reasons = [...part.reasons, ...(part.reasons.length > 0 ? [] : built.reasons)];
  if (orientation !== "axial") {
    reasons.push({ code: "not-axial", message: `${name}: its slices are ${orientation}, not axial` });
  }
  const [betweenRows, betweenColumns] = first.frame.pixelSpacing!;
  const shared = {
    ...common(slices, first.object),
    slices: slices.length,
    orientation,
    files: [...new Set(slices.map(({ object }) => object.source.name))],
    // Slices in one place have no distance worth telling.
    spacing:
      built.spacing === undefined || part.reasons.length > 0
        ? undefined
        : ([betweenColumns, betweenRows, built.spacing] as const),
  };
  const { stack } = built;
  if (!stack || reasons.length > 0) {
    const warnings = [...part.warnings, ...built.warnings];
    return {
      ...shared,
      accepted: false,
      reasons: [...reasons, ...warnings],
      warnings: [],
      geometry: undefined,
      pixels: undefined,
    };
  }
  const { geometry } = gridFromMatrix(
    [stack.columns, stack.rows, stack.slices.length],
    stack.steps,
    stack.origin,
    name,
  );
  return {
    ...shared,
    accepted: true,
    reasons: [],
    warnings: [...part.warnings, ...built.warnings],
    rows: stack.rows,
    columns: stack.columns,
    geometry,
    pixels: { kind: "stack", stack },
  };
}

function refusedSeries(objects: readonly DicomObject[], reasons: readonly Warning[]): Series {
  const [first] = objects;
  const slices = objects.flatMap((object) =>
    object.frames.map((frame, frameIndex): Slice => ({ object, frame, frameIndex })),
  );
  const placed = slices.find(({ frame }) => frame.orientation !== undefined);
  return {
    ...common(slices, first!),
    slices: slices.length,
    orientation: placed && orientationOf(placed),
    spacing: undefined,
    files: objects.map(({ source }) => source.name),
    accepted: false,
    reasons,
    warnings: [],
    geometry: undefined,
    pixels: undefined,
  };
}
