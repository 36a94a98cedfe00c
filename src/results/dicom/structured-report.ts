/**
 * The diagnosis as a DICOM Structured Report: probability, decision, warnings, and the slabs that stood out; and what
 * readers said of it, where they did.
 *
 *     const file = writeStructuredReport(diagnosis.document, await sourceSeries(series), at);
 *
 * Comprehensive 3D SR (PS3.3 A.35.13), laid out as an imaging measurement report (PS3.16 TID 1500): the observer is
 * the program, the study is one measurement group, each key slab another with its peak as a 3D point and, as the source
 * of its probability, the CT image the peak lies on. Readers' groups follow, each with its own observer. The report is
 * never verified: that is for somebody to do who is accountable for it.
 */
import type { DiagnosisDocument, SlabFinding } from "../../diagnosis/index.ts";
import { uidFrom } from "../../volume/dicom-write/index.ts";
import { patientPoint } from "../../volume/index.ts";
import { chooseSlabs } from "../key-images.ts";
import {
  coded,
  comment,
  container,
  group,
  type Item,
  noUnits,
  numeric,
  observer,
  points,
  privateCode,
  pulmonaryEmbolism,
  sourceOfMeasurement,
  text,
} from "./content-items.ts";
import { code, dateAndTime, equipment, writePart10 } from "./part10.ts";
import { instanceReference } from "./references.ts";
import type { SourceSeries } from "./source-series.ts";
import { lastSaid, lastVerdicts, nothingSaid, type ReaderContent, readerGroups, subject } from "./sr-reader-content.ts";

/** The part of diagnosis.json that is reported. */
export type ReportedDiagnosis = Pick<
  DiagnosisDocument,
  "notice" | "probability" | "decision" | "operatingPoint" | "slabs"
> & {
  readonly indeterminateBecause: readonly { readonly message: string }[];
  readonly warnings: readonly { readonly message: string }[];
  readonly model: { readonly name: string; readonly sha256: string };
};

const comprehensive3dStorage = "1.2.840.10008.5.1.4.1.1.88.34";
const slabCount = 3;

function slabContent(
  { probability: value, attentionPeakMillimetres: peak }: SlabFinding,
  source: SourceSeries,
): Item[] {
  const concept = privateCode("SLAB-PROBABILITY", "Probability of an embolus in the slab");
  if (!peak) return [numeric(concept, value, noUnits)];
  const image = source.imageAt(patientPoint(...peak));
  return [
    numeric(concept, value, noUnits, image ? [sourceOfMeasurement(image)] : []),
    points("CONTAINS", privateCode("PEAK", "Peak of the network's attention"), "POINT", [peak], source),
  ];
}

/** The most suspicious slabs, and those that readers gave a verdict on. */
function reportedSlabs({ slabs, decision }: ReportedDiagnosis, said: ReaderContent): SlabFinding[] {
  // Of an indeterminate study only what readers gave a verdict on is a finding.
  const chosen = decision === "indeterminate" ? [] : chooseSlabs(slabs, slabCount);
  const judged = new Set(lastVerdicts(said).map(({ slab }) => slab));
  return [...chosen, ...slabs.filter((slab) => judged.has(slab.index) && !chosen.includes(slab))];
}

/**
 * @param at when the diagnosis was made
 * @param said what readers have said since; the same report with more said is another object of the same series
 * @returns a Part 10 file
 */
export function writeStructuredReport(
  document: ReportedDiagnosis,
  source: SourceSeries,
  at: Date,
  said: ReaderContent = nothingSaid,
): Uint8Array {
  const offset = source.patientAndStudy.TimezoneOffsetFromUTC;
  const series = dateAndTime(at, offset);
  const saidAt = lastSaid(said);
  const content = saidAt === undefined ? series : dateAndTime(new Date(saidAt), offset);
  const name = `${source.seriesInstanceUID} ${at.toISOString()} ${document.model.name}`;
  const isDecided = document.decision !== "indeterminate";
  const overall = group(subject(null, name), [
    ...(document.decision === "positive" ? [pulmonaryEmbolism] : []),
    text("CONTAINS", privateCode("DECISION", "Decision at the operating point"), decisionText(document)),
    // A number beside "indeterminate" would be read as an answer; diagnosis.json has it for research.
    ...(isDecided
      ? [numeric(privateCode("PROBABILITY", "Probability of pulmonary embolism"), document.probability, noUnits)]
      : []),
  ]);
  const slabs = reportedSlabs(document, said).map((slab) =>
    group(subject(slab.index, name), slabContent(slab, source)),
  );
  const notes = [
    document.notice,
    ...document.warnings.map(({ message }) => message),
    ...(saidAt === undefined ? [] : ["What readers say here are observations; nobody has verified this report."]),
  ];
  return writePart10({
    ...source.patientAndStudy,
    SOPClassUID: comprehensive3dStorage,
    SOPInstanceUID: uidFrom(0, name, "structured report", ...(saidAt === undefined ? [] : [JSON.stringify(said)])),
    Modality: "SR",
    SeriesInstanceUID: uidFrom(0, name, "structured report series"),
    SeriesNumber: 903,
    SeriesDescription: "Embolens: diagnosis. Research use only",
    SeriesDate: series.date,
    SeriesTime: series.time,
    ReferencedPerformedProcedureStepSequence: [],
    InstanceNumber: 1,
    ContentDate: content.date,
    ContentTime: content.time,
    ...equipment,
    CompletionFlag: "COMPLETE",
    VerificationFlag: "UNVERIFIED",
    PerformedProcedureCodeSequence: [],
    CurrentRequestedProcedureEvidenceSequence: [
      {
        StudyInstanceUID: source.patientAndStudy.StudyInstanceUID,
        ReferencedSeriesSequence: [
          {
            SeriesInstanceUID: source.seriesInstanceUID,
            ReferencedSOPSequence: source.instances.map(instanceReference),
          },
        ],
      },
    ],
    ValueType: "CONTAINER",
    ConceptNameCodeSequence: [code("126000", "DCM", "Imaging Measurement Report")],
    ContinuityOfContent: "SEPARATE",
    ContentTemplateSequence: [{ MappingResource: "DCMR", TemplateIdentifier: "1500" }],
    ContentSequence: [
      coded(
        "HAS CONCEPT MOD",
        code("121049", "DCM", "Language of Content Item and Descendants"),
        code("en", "RFC5646", "English"),
      ),
      ...observer.device(document.model.sha256, `Embolens, ${document.model.name}`),
      coded("HAS CONCEPT MOD", code("121058", "DCM", "Procedure reported"), code("24627-2", "LN", "CT Chest")),
      container("CONTAINS", code("126010", "DCM", "Imaging Measurements"), [
        overall,
        ...slabs,
        ...readerGroups(said, source, { name, offset }),
      ]),
      ...notes.map(comment),
    ],
  });
}

function decisionText({ decision, operatingPoint, indeterminateBecause }: ReportedDiagnosis): string {
  if (decision === "indeterminate") {
    return `indeterminate: ${indeterminateBecause.map(({ message }) => message).join("; ")}`;
  }
  return `${decision} at ${operatingPoint.threshold} (${operatingPoint.name}, chosen on: ${operatingPoint.chosenOn})`;
}
