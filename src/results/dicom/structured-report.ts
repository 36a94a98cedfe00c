/**
 * The diagnosis as a DICOM Structured Report: probability, decision, warnings, and the slabs that stood out.
 *
 *     const file = writeStructuredReport(diagnosis.document, await sourceSeries(series), at);
 *
 * Comprehensive 3D SR (PS3.3 A.35.13), laid out as an imaging measurement report (PS3.16 TID 1500): the observer is
 * the program, the study is one measurement group, each key slab another with its peak as a 3D point and, as the source
 * of its probability, the CT image the peak lies on. Concepts the standard has no code for carry codes of our own
 * (99EMBOLENS).
 */
import type { Diagnosis, SlabFinding } from "../../diagnosis/index.ts";
import { uidFrom } from "../../volume/dicom-write/index.ts";
import { patientPoint } from "../../volume/index.ts";
import { chooseSlabs } from "../key-images.ts";
import { code, dateAndTime, equipment, writePart10 } from "./part10.ts";
import { imageReference, instanceReference } from "./references.ts";
import type { SourceImage, SourceSeries } from "./source-series.ts";

const comprehensive3dStorage = "1.2.840.10008.5.1.4.1.1.88.34";
const own = (value: string, meaning: string) => code(value, "99EMBOLENS", meaning);
const slabCount = 3;

type Relation = "CONTAINS" | "HAS OBS CONTEXT" | "HAS CONCEPT MOD" | "INFERRED FROM";
type Concept = ReturnType<typeof code>;
type Item = Readonly<Record<string, unknown>>;

const item = (relation: Relation, type: string, concept: Concept, value: Item): Item => ({
  RelationshipType: relation,
  ValueType: type,
  ConceptNameCodeSequence: [concept],
  ...value,
});
const text = (relation: Relation, concept: Concept, value: string): Item =>
  item(relation, "TEXT", concept, { TextValue: value });
const coded = (relation: Relation, concept: Concept, value: Concept): Item =>
  item(relation, "CODE", concept, { ConceptCodeSequence: [value] });
const uid = (relation: Relation, concept: Concept, value: string): Item =>
  item(relation, "UIDREF", concept, { UID: value });
const container = (relation: Relation, concept: Concept, content: readonly Item[]): Item =>
  item(relation, "CONTAINER", concept, { ContinuityOfContent: "SEPARATE", ContentSequence: content });
const probability = (concept: Concept, value: number, seenOn?: SourceImage): Item =>
  item("CONTAINS", "NUM", concept, {
    MeasuredValueSequence: [
      { NumericValue: Number(value.toFixed(4)), MeasurementUnitsCodeSequence: [code("1", "UCUM", "no units")] },
    ],
    ...(seenOn ? { ContentSequence: [sourceOfMeasurement(seenOn)] } : {}),
  });
/** PS3.16 TID 320. */
const sourceOfMeasurement = (image: SourceImage): Item =>
  item("INFERRED FROM", "IMAGE", code("121112", "DCM", "Source of Measurement"), {
    ReferencedSOPSequence: [imageReference(image)],
  });

/** Said only where the study is judged positive: who reads the code alone must not take a negative for a positive. */
const finding = coded("CONTAINS", code("121071", "DCM", "Finding"), code("59282003", "SCT", "Pulmonary embolism"));

/** A measurement group with the identifiers that every group must have. */
function group(name: string, uniqueName: string, content: readonly Item[]): Item {
  return container("CONTAINS", code("125007", "DCM", "Measurement Group"), [
    text("HAS OBS CONTEXT", code("112039", "DCM", "Tracking Identifier"), name),
    uid("HAS OBS CONTEXT", code("112040", "DCM", "Tracking Unique Identifier"), uidFrom(0, uniqueName)),
    ...content,
  ]);
}

function slabContent(
  { probability: value, attentionPeakMillimetres: peak }: SlabFinding,
  source: SourceSeries,
): Item[] {
  const concept = own("SLAB-PROBABILITY", "Probability of an embolus in the slab");
  if (!peak) return [probability(concept, value)];
  return [
    probability(concept, value, source.imageAt(patientPoint(...peak))),
    item("CONTAINS", "SCOORD3D", own("PEAK", "Peak of the network's attention"), {
      GraphicType: "POINT",
      GraphicData: peak,
      ReferencedFrameOfReferenceUID: source.frameOfReferenceUID,
    }),
  ];
}

/** @returns a Part 10 file */
export function writeStructuredReport(document: Diagnosis["document"], source: SourceSeries, at: Date): Uint8Array {
  const { date, time } = dateAndTime(at, source.patientAndStudy.TimezoneOffsetFromUTC);
  const name = `${source.seriesInstanceUID} ${at.toISOString()} ${document.model.name}`;
  const overall = group("study", `${name} study`, [
    ...(document.decision === "positive" ? [finding] : []),
    probability(own("PROBABILITY", "Probability of pulmonary embolism"), document.probability),
    text("CONTAINS", own("DECISION", "Decision at the operating point"), decisionText(document)),
  ]);
  const slabs = chooseSlabs(document.slabs, slabCount).map((slab) =>
    group(`slab ${slab.index + 1}`, `${name} slab ${slab.index}`, slabContent(slab, source)),
  );
  const notes = [document.notice, ...document.warnings.map(({ message }) => message)];
  return writePart10({
    ...source.patientAndStudy,
    SOPClassUID: comprehensive3dStorage,
    SOPInstanceUID: uidFrom(0, name, "structured report"),
    Modality: "SR",
    SeriesInstanceUID: uidFrom(0, name, "structured report series"),
    SeriesNumber: 903,
    SeriesDescription: "Embolens: diagnosis. Research use only",
    SeriesDate: date,
    SeriesTime: time,
    ReferencedPerformedProcedureStepSequence: [],
    InstanceNumber: 1,
    ContentDate: date,
    ContentTime: time,
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
      coded("HAS OBS CONTEXT", code("121005", "DCM", "Observer Type"), code("121007", "DCM", "Device")),
      uid("HAS OBS CONTEXT", code("121012", "DCM", "Device Observer UID"), uidFrom(0, document.model.sha256)),
      text("HAS OBS CONTEXT", code("121013", "DCM", "Device Observer Name"), `Embolens, ${document.model.name}`),
      coded("HAS CONCEPT MOD", code("121058", "DCM", "Procedure reported"), code("24627-2", "LN", "CT Chest")),
      container("CONTAINS", code("126010", "DCM", "Imaging Measurements"), [overall, ...slabs]),
      ...notes.map((note) => text("CONTAINS", code("121106", "DCM", "Comment"), note)),
    ],
  });
}

const decisionText = ({ decision, operatingPoint }: Diagnosis["document"]): string =>
  `${decision} at ${operatingPoint.threshold} (${operatingPoint.name}, chosen on: ${operatingPoint.chosenOn})`;
