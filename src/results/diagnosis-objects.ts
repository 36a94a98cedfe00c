/**
 * A diagnosis as the DICOM objects that a hospital keeps: report.dcm, a Structured Report; attention.dcm, a Parametric
 * Map; key-1.dcm and so on, Secondary Captures.
 *
 *     for (const { name, write } of diagnosisObjects(diagnosis, source, at)) await writeAtomic(name, await write());
 *
 * The same diagnosis of the same moment gives the same objects under the same identifiers, however often they are written.
 */
import type { AttentionVolume } from "../diagnosis/index.ts";
import { writeParametricMap } from "./dicom/parametric-map.ts";
import { writeSecondaryCapture } from "./dicom/secondary-capture.ts";
import type { SourceSeries } from "./dicom/source-series.ts";
import type { ReaderContent } from "./dicom/sr-reader-content.ts";
import { type ReportedDiagnosis, writeStructuredReport } from "./dicom/structured-report.ts";
import type { KeyImage } from "./key-images.ts";

export interface ObjectsOf {
  readonly document: ReportedDiagnosis;
  /** Of its attention, thinned as for a screen. */
  readonly view: AttentionVolume;
  /** The most suspicious first. */
  readonly images: readonly KeyImage[];
}

export interface ResultObject {
  readonly name: string;
  /** @returns a Part 10 file */
  readonly write: () => Promise<Uint8Array>;
}

export const reportName = "report.dcm";

/**
 * @param at when the diagnosis was made
 * @param said what readers have said of it, for the report
 */
export function diagnosisObjects(
  { document, view, images }: ObjectsOf,
  source: SourceSeries,
  at: Date,
  said?: ReaderContent,
): ResultObject[] {
  const description = { model: document.model.name, at };
  return [
    { name: "attention.dcm", write: async () => writeParametricMap(view, source, description) },
    { name: reportName, write: async () => writeStructuredReport(document, source, at, said) },
    ...images.map((image, index) => ({
      name: image.name.replace(/png$/, "dcm"),
      write: () => writeSecondaryCapture(image, index + 1, source, description),
    })),
  ];
}
