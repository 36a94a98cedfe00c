/**
 * Writes a volume as a DICOM CT series, valid by the standard's own rules and marked as synthetic. The phantom writes its
 * studies with it, and tests and measurements of the reader make their series with it.
 *
 *     const files = ctSeries(volume, { seed: 1, name: "study 0001", rescale: { slope: 1, intercept: -1024 } });
 */
export {
  type CtScanner,
  type CtSeriesDescription,
  type CtSlice,
  ctImageStorage,
  ctSeries,
  ctSeriesUids,
  type RescaleAttributes,
  syntheticNotice,
  writeCtSlice,
} from "./ct-series.ts";
export { encodeDataset, encodeFile, type WritableDataset, type WritableElement } from "./elements.ts";
export { uidFrom } from "./uid.ts";
