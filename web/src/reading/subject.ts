/** What a reading is of: a study on this computer alone, or one that the server keeps and readers share. */
import type { DiagnosisDocument, NewMeasurement, NewVerdict, Study, Verdict } from "../../../src/service/schema.ts";
import type { Volume } from "../../../src/volume/index.ts";
import type { AnnotationBase, AnnotationDraft, KeptMeasurements, LoadedAnnotation } from "../api.ts";
import type { AttentionMap } from "../viewer/viewer.ts";
import type { StudyUpdate } from "./study-updates.ts";

export interface ReadingSubject {
  readonly title: string;
  readonly subtitle: string;
  readonly volume: Volume;
  readonly diagnosis: DiagnosisDocument | null;
  readonly attention: AttentionMap | null;
  /** What the server keeps about the study; null for one read on this computer alone. */
  readonly kept: KeptStudy | null;
}

export interface KeptStudy {
  readonly study: Study;
  readonly verdicts: readonly Verdict[];
  /** Shows the verdicts as they are kept now. */
  readonly readVerdicts: () => Promise<void>;
  /** What is kept now, as far as the server has told. */
  readonly heard: StudyUpdate;
  /** What is kept now; undefined where nobody has annotated. */
  readonly annotation: () => Promise<LoadedAnnotation | undefined>;
  /** @param base the version it was made from @returns what it is kept as @throws a conflict */
  readonly saveAnnotation: (annotation: AnnotationDraft, base: string | undefined) => Promise<AnnotationBase>;
  /** The series that is shown; empty where the CT names none. */
  readonly seriesInstanceUID: string;
  /** @param reader whose alone; of all where it is left out */
  readonly measurements: (reader?: string) => Promise<KeptMeasurements>;
  /** @param base the version of this reader's that they were made from @throws a conflict */
  readonly saveMeasurements: (
    reader: string,
    measurements: readonly NewMeasurement[],
    base: string,
  ) => Promise<KeptMeasurements>;
  /** The DICOM objects of the study, as a zip. */
  readonly objects: () => Promise<Blob>;
  /** @returns another's verdict that came in between; the given one is then not kept */
  readonly giveVerdict: (verdict: NewVerdict) => Promise<Verdict | undefined>;
}
