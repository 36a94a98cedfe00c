/**
 * What readers say of a study, as groups of a structured report: each reader's last verdict on the study and on each
 * slab, and what was measured.
 *
 *     const groups = readerGroups({ verdicts, measurements }, source, { name, offset });
 *
 * Both are observations by a person, in a report whose other observations are a device's (PS3.16 TID 1002, person
 * observer). Neither verifies the report: that is the attestation of somebody who is accountable for the whole document
 * (PS3.3 C.17.2, Verification Flag), which nobody gives in a reading room.
 */
import { patientPoint, type Triple } from "../../volume/index.ts";
import {
  coded,
  comment,
  group,
  type Item,
  measured,
  numeric,
  observer,
  points,
  privateCode,
  pulmonaryEmbolism,
  sourceOfMeasurement,
  tracking,
} from "./content-items.ts";
import { code, dateAndTime, personName } from "./part10.ts";
import type { SourceImage, SourceSeries } from "./source-series.ts";

export interface ReaderVerdict {
  /** The slab it is on, from 0; null for the study as a whole. */
  readonly slab: number | null;
  readonly verdict: "confirmed" | "rejected";
  readonly reader: string;
  /** Empty where the reader gave none. */
  readonly note: string;
  /** ISO moment. */
  readonly at: string;
}

/** A length between two points, or the CT's value at one. */
export type ReaderMeasurement = {
  /** Told apart by among those of its reader. */
  readonly id: string;
  readonly reader: string;
  /** ISO moment. */
  readonly at: string;
} & (
  | { readonly kind: "length"; readonly points: readonly [Triple, Triple] }
  | { readonly kind: "probe"; readonly points: readonly [Triple]; readonly hu: number }
);

/** What readers have said up to now, in its order. */
export interface ReaderContent {
  readonly verdicts: readonly ReaderVerdict[];
  /** On the series of the report, in patient millimetres. */
  readonly measurements: readonly ReaderMeasurement[];
}

export const nothingSaid: ReaderContent = { verdicts: [], measurements: [] };

export interface Naming {
  /** Of the report: the tracking identifiers of its groups follow from it. */
  readonly name: string;
  /** Of the clock its times are by, "+0900"; undefined for this computer's. */
  readonly offset: string | undefined;
}

/** The identifiers of the group on a slab, or on the study; an algorithm's and a reader's groups share them. */
export const subject = (slab: number | null, name: string): Item[] =>
  slab === null ? tracking("study", `${name} study`) : tracking(`slab ${slab + 1}`, `${name} slab ${slab}`);

/** A reader who changed his mind stands in the report with what he said last. */
export const lastVerdicts = ({ verdicts }: ReaderContent): ReaderVerdict[] => [
  ...new Map(verdicts.map((verdict) => [JSON.stringify([verdict.slab, verdict.reader]), verdict])).values(),
];

export const readerGroups = (said: ReaderContent, source: SourceSeries, naming: Naming): Item[] => [
  ...lastVerdicts(said).map((verdict) => verdictGroup(verdict, naming)),
  ...said.measurements.map((measurement) => measurementGroup(measurement, source, naming)),
];

function verdictGroup({ slab, verdict, reader, note, at }: ReaderVerdict, { name, offset }: Naming): Item {
  const isEmbolism = slab === null && verdict === "confirmed";
  return {
    ...group(subject(slab, name), [
      ...observer.person(personName(reader)),
      ...(isEmbolism ? [pulmonaryEmbolism] : []),
      coded("CONTAINS", privateCode("READER-VERDICT", "Reader's verdict"), verdictCodes[verdict]),
      ...(note === "" ? [] : [comment(note)]),
    ]),
    ObservationDateTime: observedAt(at, offset),
  };
}

const verdictCodes = {
  confirmed: privateCode("CONFIRMED", "Confirmed"),
  rejected: privateCode("REJECTED", "Rejected"),
} as const;

function measurementGroup(measurement: ReaderMeasurement, source: SourceSeries, { name, offset }: Naming): Item {
  const { id, reader, at } = measurement;
  return {
    ...group(tracking(`${measurement.kind} ${id}`, `${name} ${reader} ${id}`), [
      ...observer.person(personName(reader)),
      measuredItem(measurement, source),
    ]),
    ObservationDateTime: observedAt(at, offset),
  };
}

/** PS3.16 TID 300, with where it was measured: in the patient, and on the CT's image where that is a single one. */
function measuredItem(measurement: ReaderMeasurement, source: SourceSeries): Item {
  const image = onOneImage(measurement.points, source);
  const images = image ? [sourceOfMeasurement(image)] : [];
  if (measurement.kind === "probe") {
    const place = points("INFERRED FROM", measured, "POINT", measurement.points, source);
    return numeric(code("112031", "DCM", "Attenuation Coefficient"), measurement.hu, hounsfield, [place, ...images]);
  }
  const [from, to] = measurement.points;
  const line = points("INFERRED FROM", measured, "POLYLINE", [from, to], source);
  const millimetres = Math.hypot(to[0] - from[0], to[1] - from[1], to[2] - from[2]);
  return numeric(code("410668003", "SCT", "Length"), millimetres, millimetre, [line, ...images]);
}

const millimetre = code("mm", "UCUM", "millimeter");
const hounsfield = code("[hnsf'U]", "UCUM", "Hounsfield unit");

function onOneImage(places: readonly Triple[], source: SourceSeries): SourceImage | undefined {
  const [first, ...others] = places.map((place) => source.imageAt(patientPoint(...place)));
  const isSame = (image: SourceImage | undefined) =>
    image?.sopInstanceUID === first?.sopInstanceUID && image?.frameNumber === first?.frameNumber;
  return others.every(isSame) ? first : undefined;
}

function observedAt(at: string, offset: string | undefined): string {
  const { date, time } = dateAndTime(new Date(at), offset);
  return `${date}${time}`;
}

/** The moment of the last thing said; undefined where nothing was. */
export const lastSaid = ({ verdicts, measurements }: ReaderContent): string | undefined =>
  [...verdicts, ...measurements]
    .map(({ at }) => at)
    .reduce<string | undefined>((a, b) => (a !== undefined && a > b ? a : b), undefined);
