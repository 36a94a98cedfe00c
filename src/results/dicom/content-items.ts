/**
 * The content items that our structured reports are made of.
 *
 *     group(tracking("slab 3", name), [num("CONTAINS", concept, 0.875, noUnits, [sourceOfMeasurement(image)])])
 *
 * PS3.3 C.17.3 (SR Document Content); groups as in PS3.16 TID 1501, measurements as in TID 300 and TID 320. Concepts the
 * standard has no code for carry codes of our own (99EMBOLENS).
 */
import { uidFrom } from "../../volume/dicom-write/index.ts";
import type { Triple } from "../../volume/index.ts";
import { code } from "./part10.ts";
import { imageReference } from "./references.ts";
import type { SourceImage, SourceSeries } from "./source-series.ts";

export type Relation = "CONTAINS" | "HAS OBS CONTEXT" | "HAS CONCEPT MOD" | "INFERRED FROM";
export type Concept = ReturnType<typeof code>;
export type Item = Readonly<Record<string, unknown>>;

export const privateCode = (value: string, meaning: string): Concept => code(value, "99EMBOLENS", meaning);

const item = (relation: Relation, type: string, concept: Concept, value: Item): Item => ({
  RelationshipType: relation,
  ValueType: type,
  ConceptNameCodeSequence: [concept],
  ...value,
});
export const text = (relation: Relation, concept: Concept, value: string): Item =>
  item(relation, "TEXT", concept, { TextValue: value });
export const coded = (relation: Relation, concept: Concept, value: Concept): Item =>
  item(relation, "CODE", concept, { ConceptCodeSequence: [value] });
export const uid = (relation: Relation, concept: Concept, value: string): Item =>
  item(relation, "UIDREF", concept, { UID: value });
/** @param value as DICOM's person names are (part10.ts) */
export const personNamed = (relation: Relation, concept: Concept, value: string): Item =>
  item(relation, "PNAME", concept, { PersonName: value });
export const container = (relation: Relation, concept: Concept, content: readonly Item[]): Item =>
  item(relation, "CONTAINER", concept, { ContinuityOfContent: "SEPARATE", ContentSequence: content });

export const noUnits = code("1", "UCUM", "no units");

/** @param from what the number was taken from */
export const numeric = (concept: Concept, value: number, units: Concept, from: readonly Item[] = []): Item =>
  item("CONTAINS", "NUM", concept, {
    MeasuredValueSequence: [{ NumericValue: Number(value.toFixed(4)), MeasurementUnitsCodeSequence: [units] }],
    ...(from.length > 0 ? { ContentSequence: from } : {}),
  });

/** Points in the patient, in millimetres. */
export const points = (
  relation: Relation,
  concept: Concept,
  graphic: "POINT" | "POLYLINE",
  places: readonly Triple[],
  { frameOfReferenceUID }: SourceSeries,
): Item =>
  item(relation, "SCOORD3D", concept, {
    GraphicType: graphic,
    GraphicData: places.flat(),
    ReferencedFrameOfReferenceUID: frameOfReferenceUID,
  });

/** PS3.16 TID 320. */
export const measured = code("121112", "DCM", "Source of Measurement");
export const sourceOfMeasurement = (image: SourceImage): Item =>
  item("INFERRED FROM", "IMAGE", measured, { ReferencedSOPSequence: [imageReference(image)] });

/** PS3.16 TID 1501: what is said of one thing, by one observer; groups on the same thing carry the same identifiers. */
export const group = (tracked: readonly Item[], content: readonly Item[]): Item =>
  container("CONTAINS", code("125007", "DCM", "Measurement Group"), [...tracked, ...content]);

/** @param uniqueName from which the identifier follows */
export const tracking = (name: string, uniqueName: string): Item[] => [
  text("HAS OBS CONTEXT", code("112039", "DCM", "Tracking Identifier"), name),
  uid("HAS OBS CONTEXT", code("112040", "DCM", "Tracking Unique Identifier"), uidFrom(0, uniqueName)),
];

export const comment = (value: string): Item => text("CONTAINS", code("121106", "DCM", "Comment"), value);

/** Who says so, of all below that names no other (PS3.16 TID 1002). */
export const observer = {
  device: (identity: string, name: string): Item[] => [
    coded("HAS OBS CONTEXT", code("121005", "DCM", "Observer Type"), code("121007", "DCM", "Device")),
    uid("HAS OBS CONTEXT", code("121012", "DCM", "Device Observer UID"), uidFrom(0, identity)),
    text("HAS OBS CONTEXT", code("121013", "DCM", "Device Observer Name"), name),
  ],
  person: (name: string): Item[] => [
    coded("HAS OBS CONTEXT", code("121005", "DCM", "Observer Type"), code("121006", "DCM", "Person")),
    personNamed("HAS OBS CONTEXT", code("121008", "DCM", "Person Observer Name"), name),
  ],
};

/** Never of a negative study: who reads the code alone must not take it for a positive. */
export const pulmonaryEmbolism: Item = coded(
  "CONTAINS",
  code("121071", "DCM", "Finding"),
  code("59282003", "SCT", "Pulmonary embolism"),
);
