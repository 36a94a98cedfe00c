/**
 * What readers say of a study, as groups of a structured report: each reader's last verdict on the study and on each slab.
 *
 *     const groups = readerGroups({ verdicts }, { name, offset });
 *
 * A verdict is an observation by a person, in a report whose other observations are a device's (PS3.16 TID 1002, person
 * observer). It is no verification: that is the attestation of somebody who is accountable for the whole document
 * (PS3.3 C.17.2, Verification Flag), which nobody gives in a reading room.
 */

import { coded, comment, group, type Item, observer, own, pulmonaryEmbolism, tracking } from "./content-items.ts";
import { dateAndTime, personName } from "./part10.ts";

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

/** What readers have said up to now, in its order. */
export interface ReaderContent {
  readonly verdicts: readonly ReaderVerdict[];
}

export const nothingSaid: ReaderContent = { verdicts: [] };

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

export const readerGroups = (said: ReaderContent, naming: Naming): Item[] =>
  lastVerdicts(said).map((verdict) => verdictGroup(verdict, naming));

function verdictGroup({ slab, verdict, reader, note, at }: ReaderVerdict, { name, offset }: Naming): Item {
  const isEmbolism = slab === null && verdict === "confirmed";
  return {
    ...group(subject(slab, name), [
      ...observer.person(personName(reader)),
      ...(isEmbolism ? [pulmonaryEmbolism] : []),
      coded("CONTAINS", own("READER-VERDICT", "Reader's verdict"), verdictCodes[verdict]),
      ...(note === "" ? [] : [comment(note)]),
    ]),
    ObservationDateTime: observedAt(at, offset),
  };
}

const verdictCodes = { confirmed: own("CONFIRMED", "Confirmed"), rejected: own("REJECTED", "Rejected") } as const;

function observedAt(at: string, offset: string | undefined): string {
  const { date, time } = dateAndTime(new Date(at), offset);
  return `${date}${time}`;
}

/** The moment of the last thing said; undefined where nothing was. */
export const lastSaid = ({ verdicts }: ReaderContent): string | undefined =>
  verdicts.map(({ at }) => at).reduce<string | undefined>((a, b) => (a !== undefined && a > b ? a : b), undefined);
