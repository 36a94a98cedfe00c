/**
 * The volume room: a CT study becomes Hounsfield units on a grid in the patient, and those become what a network sees.
 *
 *     const study = await scanStudy(sources);
 *     const volume = await readVolume(chooseSeries(study.series)!, { decoder });
 *     const lungs = findLungs(volume);
 *     const slabs = scanSlabs(volume, lungs.range, settings);
 */
export { browserDecoder, type CodecAddresses } from "./dicom/browser-decoder.ts";
export { type Decoder, inlineDecoder } from "./dicom/decoder.ts";
export { transferSyntaxName } from "./dicom/transfer-syntax.ts";
export { readImageFile, readMask } from "./formats/image-file.ts";
export { encodeNifti, type NiftiImage } from "./formats/write-nifti.ts";
export * from "./geometry.ts";
export type { Contrast } from "./lungs/contrast.ts";
export { findLungs, type Lungs, lungMask } from "./lungs/find.ts";
export {
  attentionGeometry,
  attentionMask,
  attentionSide,
  attentionStride,
  networkOutline,
  reduceOutline,
} from "./prepare/attention-grid.ts";
export { airHu, type CropGrid, networkPlane, renderSlice, resamplePlane } from "./prepare/crop-grid.ts";
export { canonicalAxial } from "./prepare/orientation.ts";
export {
  blendAt,
  resampleSlices,
  type SliceBlend,
  type SliceRange,
  type SliceTarget,
  sliceExtent,
  slicePositions,
} from "./prepare/resample.ts";
export {
  positionOf,
  type ScanStack,
  type SlabOptions,
  type Slabs,
  scanSlabCount,
  scanSlabs,
  scanStack,
  slabGeometry,
  stageOnePositions,
  stageOneSlabs,
} from "./prepare/slabs.ts";
export * from "./preprocessing.ts";
export { readSegmentation, type Segmentation, type SegmentationFrame, segmentationOn } from "./segmentation/read.ts";
export * from "./source.ts";
export { expandArchives } from "./study/archive.ts";
export { chooseByLungs, chooseSeries, kernelSharpness } from "./study/choose.ts";
export { type ExaminedSeries, type ReadStudy, readStudy } from "./study/classify-files.ts";
export { type ReadOptions, readVolume, type ScanOptions, scanStudy } from "./study/read.ts";
export type { Orientation, ScannedStudy, Series, SkippedFile, Slice, Stack } from "./study/series.ts";
export * from "./volume.ts";
