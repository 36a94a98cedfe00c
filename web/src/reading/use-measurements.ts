/**
 * Readers' measurements on one study, from where they are kept to the screen and back: drawn again when the study is
 * opened, kept a moment after each change under the name of who reads. What is drawn before anybody has given a name waits
 * for one. Two windows of one reader are put together; other readers' measurements are shown and not touched.
 */
import { useEffect, useRef, useState } from "preact/hooks";
import type { Measurement, NewMeasurement } from "../../../src/service/schema.ts";
import type { KeptMeasurements } from "../api.ts";
import { isConflict } from "../api-error.ts";
import { useUnsaved } from "../unsaved.ts";
import type { DrawnMeasurement } from "../viewer/measurements.ts";
import type { Viewer } from "../viewer/viewer.ts";
import { isSameList, mergeMeasurements } from "./merge-measurements.ts";
import { useReader } from "./reader.ts";
import type { KeptStudy } from "./subject.ts";

export type MeasurementState =
  | { readonly name: "saved" | "saving" | "nameless" }
  | { readonly name: "failed"; readonly message: string };

export interface ReaderMeasurements {
  readonly own: readonly DrawnMeasurement[];
  readonly others: readonly Measurement[];
  readonly state: MeasurementState;
  /** Removes one of the reader's own. */
  readonly remove: (id: string) => void;
  /** Asks who reads, or tries again. */
  readonly save: () => void;
}

/** So many other windows would have to come in between before it is given up. */
const tries = 5;

export function useMeasurements(viewer: Viewer | undefined, kept: KeptStudy | null): ReaderMeasurements {
  const reader = useReader();
  const [own, setOwn] = useState<readonly DrawnMeasurement[]>([]);
  const [others, setOthers] = useState<readonly Measurement[]>([]);
  const [state, setState] = useState<MeasurementState>({ name: "saved" });
  const study = useRef(kept);
  study.current = kept;
  const work = useRef<MeasurementWork | undefined>(undefined);
  useUnsaved(state.name !== "saved");

  useEffect(() => {
    if (!viewer || !study.current) return;
    const started = new MeasurementWork(viewer, () => study.current!, { setOwn, setOthers, setState });
    work.current = started;
    viewer.measurements.onChange(() => started.changed());
    // A page that goes away sends what it has not sent yet.
    const leave = () => viewer.measurements.settle();
    addEventListener("pagehide", leave);
    return () => removeEventListener("pagehide", leave);
  }, [viewer]);
  useEffect(() => work.current?.readBy(reader.name), [viewer, reader.name]);

  useEffect(() => work.current?.heard(), [kept?.heard.measurements]);

  return {
    own,
    others,
    state,
    remove: (id) => viewer?.measurements.remove(id),
    save: () => {
      if (reader.ask()) work.current?.changed();
    },
  };
}

interface Shown {
  readonly setOwn: (own: readonly DrawnMeasurement[]) => void;
  readonly setOthers: (others: readonly Measurement[]) => void;
  readonly setState: (state: MeasurementState) => void;
}

/** What goes to and fro between screen and server, one thing after another. */
class MeasurementWork {
  readonly #viewer: Viewer;
  readonly #study: () => KeptStudy;
  readonly #shown: Shown;
  /** Who reads, and whose measurements have been taken up. */
  #wanted: string | undefined;
  #reader: string | undefined;
  /** What is kept of the reader, as far as is known here; of this series and of others. */
  #base: KeptMeasurements | undefined;
  #others: readonly Measurement[] = [];
  #queue: Promise<void> = Promise.resolve();

  constructor(viewer: Viewer, study: () => KeptStudy, shown: Shown) {
    this.#viewer = viewer;
    this.#study = study;
    this.#shown = shown;
  }

  #then(work: () => Promise<void>): void {
    this.#queue = this.#queue.then(work).catch((error: unknown) => {
      this.#shown.setState({ name: "failed", message: error instanceof Error ? error.message : String(error) });
    });
  }

  /** Another reads from now on, or the first who says so. */
  readBy(reader: string | undefined): void {
    // What was drawn up to now is the one's who drew it.
    this.#viewer.measurements.settle();
    this.#wanted = reader;
    this.#then(() => this.#load());
  }

  /** The reader has drawn, moved or removed something, or wants it tried again. */
  changed(): void {
    // Read now: what is done later may find another study on the screen.
    const drawn = this.#viewer.measurements.own();
    this.#shown.setOwn(drawn);
    this.#then(() => (this.#isLoaded() ? this.#keep(drawn) : this.#load()));
  }

  /** Somebody's measurements are others now. The reader's own, drawn in another window, come with the next saving. */
  heard(): void {
    this.#then(async () => {
      if (!this.#isLoaded()) return;
      this.#showOthers(this.#study().heard.measurements);
      this.#viewer.measurements.show(this.#viewer.measurements.own(), this.#others);
    });
  }

  #showOthers(all: readonly Measurement[]): void {
    this.#others = all.filter((one) => one.reader !== this.#reader && this.#isHere(one));
    this.#shown.setOthers(this.#others);
  }

  #isLoaded(): boolean {
    return this.#wanted === this.#reader && (this.#reader === undefined || this.#base !== undefined);
  }

  /** Takes up what is kept; what is drawn already and has no name yet becomes the reader's. */
  async #load(): Promise<void> {
    const reader = this.#wanted;
    const { measurements } = await this.#study().measurements();
    const mine = reader === undefined ? undefined : await this.#study().measurements(reader);
    const nameless = this.#base ? [] : this.#onSeries(this.#viewer.measurements.own());
    this.#reader = reader;
    this.#base = mine;
    this.#showOthers(measurements);
    this.#show([...(mine?.measurements ?? []).filter((one) => this.#isHere(one)), ...nameless]);
    await this.#keep(this.#viewer.measurements.own());
  }

  #isHere(measurement: NewMeasurement): boolean {
    return measurement.seriesInstanceUID === this.#study().seriesInstanceUID;
  }

  #onSeries(drawn: readonly DrawnMeasurement[]): NewMeasurement[] {
    const { seriesInstanceUID } = this.#study();
    return drawn.map((one): NewMeasurement => ({ ...one, seriesInstanceUID }));
  }

  #show(own: readonly NewMeasurement[]): void {
    this.#viewer.measurements.show(own, this.#others);
    this.#shown.setOwn(own);
  }

  async #keep(drawn: readonly DrawnMeasurement[], left = tries): Promise<void> {
    const [reader, base] = [this.#reader, this.#base];
    if (reader === undefined || !base) {
      return this.#shown.setState({ name: drawn.length > 0 ? "nameless" : "saved" });
    }
    const elsewhere = base.measurements.filter((one) => !this.#isHere(one));
    const wanted = [...elsewhere, ...this.#onSeries(drawn)];
    if (isSameList(wanted, base.measurements)) return this.#shown.setState({ name: "saved" });
    this.#shown.setState({ name: "saving" });
    try {
      this.#base = await this.#study().saveMeasurements(reader, wanted, base.version);
      this.#shown.setState({ name: "saved" });
    } catch (error) {
      if (!isConflict(error) || left === 0) throw error;
      const theirs = await this.#study().measurements(reader);
      this.#base = theirs;
      const both = mergeMeasurements(base.measurements, wanted, theirs.measurements).filter((one) => this.#isHere(one));
      this.#show(both);
      await this.#keep(both, left - 1);
    }
  }
}
