/**
 * Cornerstone3D, started once, and our volumes handed to it without a copy.
 */
import * as core from "@cornerstonejs/core";
import * as tools from "@cornerstonejs/tools";
import type { Geometry, Triple } from "../../../src/volume/index.ts";

let started: Promise<void> | undefined;

/** Starts the renderer and registers the tools; later calls wait for the first. */
export function startCornerstone(): Promise<void> {
  started ??= start();
  return started;
}

async function start(): Promise<void> {
  core.init({ rendering: { webGlContextCount: 1 }, debug: {} });
  core.cache.setMaxCacheSize(4 * 2 ** 30);
  tools.init();
  for (const tool of [
    tools.WindowLevelTool,
    tools.PanTool,
    tools.ZoomTool,
    tools.LengthTool,
    tools.ProbeTool,
    tools.BrushTool,
  ]) {
    tools.addTool(tool);
  }
  core.utilities.colormap.registerColormap({ ColorSpace: "RGB", Name: heatColours, RGBPoints: heatPoints.flat() });
}

/** Black body, without its black: from deep red over orange to pale yellow. Value, red, green, blue in 0..1. */
export const heatPoints: readonly (readonly [number, number, number, number])[] = [
  [0, 0.35, 0.0, 0.05],
  [0.35, 0.85, 0.12, 0.05],
  [0.7, 1.0, 0.65, 0.1],
  [1, 1.0, 0.98, 0.75],
];
export const heatColours = "embolens-heat";

/** A copy that Cornerstone may keep. */
export const point3 = ([x, y, z]: Triple): core.Types.Point3 => [x, y, z];

/**
 * Puts voxels on a grid into Cornerstone's cache under `volumeId`.
 * @param reading names the frame of reference: Cornerstone draws measurements wherever their frame is shown, so no two
 * readings may share one
 * @param referencedVolumeId the CT that a mask is painted on
 */
export function cacheVolume(
  reading: string,
  volumeId: string,
  geometry: Geometry,
  voxels: Int16Array | Float32Array | Uint8Array,
  referencedVolumeId?: string,
): void {
  const { size, spacing, origin, axes } = geometry;
  const signed = voxels instanceof Int16Array;
  const bits = voxels.BYTES_PER_ELEMENT * 8;
  core.volumeLoader.createLocalVolume(volumeId, {
    scalarData: voxels,
    ...(referencedVolumeId === undefined ? {} : { referencedVolumeId }),
    dimensions: [...size],
    spacing: [...spacing],
    origin: point3(origin),
    direction: [...axes[0], ...axes[1], ...axes[2]] as core.Types.Mat3,
    metadata: {
      BitsAllocated: bits,
      BitsStored: bits,
      HighBit: bits - 1,
      SamplesPerPixel: 1,
      PixelRepresentation: signed ? 1 : 0,
      PhotometricInterpretation: "MONOCHROME2",
      Modality: "CT",
      ImageOrientationPatient: [...axes[0], ...axes[1]],
      PixelSpacing: [spacing[1], spacing[0]],
      FrameOfReferenceUID: reading,
      Columns: size[0],
      Rows: size[1],
      voiLut: [],
      VOILUTFunction: "LINEAR",
    },
  });
}

/** Gives the memory of a cached volume back; Cornerstone itself would keep its slices until its cache is full. */
export function dropVolume(volumeId: string): void {
  const volume = core.cache.getVolume(volumeId);
  if (!volume) return;
  core.cache.removeVolumeLoadObject(volumeId);
  for (const slice of volume.imageIds) {
    if (core.cache.getImage(slice)) core.cache.removeImageLoadObject(slice);
  }
}

const undoSteps = 50;

/** Takes a reading's measurements away, and every step that could be undone. */
export function forgetReading(reading: string): void {
  for (const { annotationUID, metadata } of [...tools.annotation.state.getAllAnnotations()]) {
    if (annotationUID && metadata?.FrameOfReferenceUID === reading) {
      tools.annotation.state.removeAnnotation(annotationUID);
    }
  }
  forgetSteps();
}

/** Forgets every step that could be undone: Cornerstone has one history for all, which empties when given a size. */
export function forgetSteps(): void {
  core.utilities.HistoryMemo.DefaultHistoryMemo.size = undoSteps;
}
