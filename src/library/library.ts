/**
 * The studies a reading room keeps, one folder each, with everything about them inside:
 *
 *     studies/<id>/study.json        what is known and where it stands; study.copy.json holds the same
 *     studies/<id>/images/           the images as they came
 *     studies/<id>/diagnosis/        what `embolens diagnose` writes
 *     studies/<id>/annotation/       the reader's mask
 *
 * The folder is the truth: a study's state is replaced by renaming a finished file, so a server that was killed finds
 * every study as it was, and what was running goes back to waiting. A damaged record is restored (recovery.ts); a folder
 * from which no study can be made is moved to set-aside/, never deleted.
 */
import { randomUUID } from "node:crypto";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { makeFolder } from "../cohort/index.ts";
import { FailedError, RefusedError } from "../errors.ts";
import { recoverAnnotation } from "./annotation-folder.ts";
import { findDamaged } from "./checksums.ts";
import { KeyedMutex } from "./keyed-mutex.ts";
import { Problems } from "./problems.ts";
import type { ServiceEvent, Study } from "./records.ts";
import { holdsOnlyDiagnosis, recoverStudy } from "./recovery.ts";
import { waitingAfresh, writeRecord } from "./study-record.ts";

/** What is known of a study when it comes in. */
export type NewStudy = Pick<Study, "studyInstanceUID" | "patient" | "date" | "description" | "hospital" | "images">;

const identifier = /^[0-9a-f]{8}-[0-9a-f-]{27}$/;

export class Library {
  readonly folder: string;
  readonly #studies = new Map<string, Study>();
  readonly #listeners = new Set<(event: ServiceEvent) => void>();
  readonly #turns = new KeyedMutex();
  /** What is wrong with the folder. */
  readonly problems = new Problems();

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** Opens the library in `folder`, making it where there is none. */
  static async open(folder: string): Promise<Library> {
    const library = new Library(folder);
    const studies = join(folder, "studies");
    try {
      await makeFolder(studies);
      await rm(library.#incoming, { recursive: true, force: true });
      await mkdir(library.#incoming, { recursive: true });
    } catch (cause) {
      throw new FailedError("file-unwritable", `${folder}: the reading room can’t keep its studies there`, {
        hint: "choose a folder that can be written with --data",
        cause,
      });
    }
    for (const id of await readdir(studies)) {
      if (identifier.test(id)) await library.#find(id);
    }
    await library.#tellOfSetAside();
    return library;
  }

  /** Takes up a study that an earlier run left, as that run would have left it had it gone on. */
  async #find(id: string): Promise<void> {
    const folder = this.#place(id);
    await recoverAnnotation(folder);
    const found = await recoverStudy(folder, id);
    if (!found) {
      if (await holdsOnlyDiagnosis(folder)) return rm(folder, { recursive: true, force: true });
      await makeFolder(this.#setAside);
      return rename(folder, join(this.#setAside, `${id}-${randomUUID().slice(0, 8)}`));
    }
    const { study, problem } = found;
    this.#studies.set(id, study);
    if (problem) this.problems.add(problem);
    const images = (await readdir(join(folder, "images")).catch(() => [])).length;
    // More images than were counted came in, and the server ended before it said so.
    if (images > study.images) await this.update(id, { images, state: "waiting", progress: null });
    else if (study.state === "running") await this.update(id, { state: "waiting", progress: null });
    // Whoever starts again may have mended what was wrong: a failed one is tried once more.
    else if (study.state === "failed") await this.update(id, { state: "waiting", reason: null });
    else if (study.state === "done") await this.#checkDiagnosis(study);
  }

  async #checkDiagnosis({ id, patient }: Study): Promise<void> {
    const file = await findDamaged(join(this.#place(id), "diagnosis"));
    if (file === undefined) return;
    const message = `${patient.name || id}: ${file} of its diagnosis is damaged; the study is diagnosed again`;
    this.problems.add({ code: "diagnosis-damaged", study: id, message });
    await this.update(id, waitingAfresh);
  }

  /** Said at every start, until a person has looked after it. */
  async #tellOfSetAside(): Promise<void> {
    for (const name of await readdir(this.#setAside).catch(() => [])) {
      this.problems.add({
        code: "study-set-aside",
        study: name,
        message: `a folder from which no study can be made was set aside: set-aside/${name}`,
        hint: "look into it, send its images again, and remove it from there",
      });
    }
  }

  #place(id: string): string {
    return join(this.folder, "studies", id);
  }

  get #setAside(): string {
    return join(this.folder, "set-aside");
  }

  get #incoming(): string {
    return join(this.folder, "incoming");
  }

  /** The cohort of what was annotated here. */
  get cohortPath(): string {
    return join(this.folder, "cohort.json");
  }

  /** How far the demonstration's studies were made. */
  get demonstrationPath(): string {
    return join(this.folder, "demonstration.json");
  }

  /** An empty folder for an upload; what is left there when the server ends is removed at its next start. */
  async makeIncoming(): Promise<string> {
    const folder = join(this.#incoming, randomUUID());
    // Not with all above it: on a read-only disk Node then says that something is missing.
    await mkdir(folder);
    return folder;
  }

  list(): Study[] {
    return [...this.#studies.values()];
  }

  /** @throws RefusedError study-unknown */
  get(id: string): Study {
    const study = this.#studies.get(id);
    if (!study) throw new RefusedError("study-unknown", `there is no study ${id.slice(0, 60)}`);
    return study;
  }

  has(id: string): boolean {
    return this.#studies.has(id);
  }

  withStudyInstanceUID(uid: string): Study | undefined {
    return this.list().find(({ studyInstanceUID }) => studyInstanceUID === uid);
  }

  /** A folder or file inside a study's folder. */
  path(id: string, ...inside: readonly string[]): string {
    return join(this.#place(this.get(id).id), ...inside);
  }

  /**
   * Takes a study in. Its images are moved from `images`, a folder on the same disk.
   * The study appears on the worklist once everything is in place.
   */
  async add(description: NewStudy, images: string): Promise<Study> {
    const id = randomUUID();
    const study: Study = {
      ...description,
      id,
      seriesInstanceUID: null,
      received: new Date().toISOString(),
      ...waitingAfresh,
      warnings: [],
      verdicts: [],
      annotatedSlices: [],
      annotated: null,
      measurements: [],
    };
    const staged = await this.makeIncoming();
    try {
      await rename(images, join(staged, "images"));
      await writeRecord(staged, study);
      await rename(staged, this.#place(id));
    } finally {
      await rm(staged, { recursive: true, force: true });
    }
    this.#studies.set(id, study);
    this.#tell({ type: "study", study });
    return study;
  }

  /** Adds the files of `images`, a folder on the same disk, to a study, which then waits to be judged again. */
  async addImages(id: string, images: string): Promise<Study> {
    const names = await readdir(images);
    const present = await readdir(this.path(id, "images"));
    let last = Math.max(0, ...present.map((name) => Number.parseInt(name, 10) || 0));
    for (const name of names.sort()) {
      const own = name.replace(/^\d+/, String(++last).padStart(5, "0"));
      await rename(join(images, name), this.path(id, "images", own));
    }
    return this.update(id, {
      ...waitingAfresh,
      images: present.length + names.length,
    });
  }

  /**
   * Changes what is known of a study, on disk before anyone is told. A change that cannot be written did not happen.
   * @param change what is new, or how it follows from what is known when this change's turn comes
   */
  async update(id: string, change: Partial<Study> | ((known: Study) => Partial<Study>)): Promise<Study> {
    return this.inTurn(`state of ${id}`, async () => {
      const known = this.get(id);
      const study = { ...known, ...(typeof change === "function" ? change(known) : change) };
      await writeRecord(this.path(id), study);
      this.#studies.set(id, study);
      this.#tell({ type: "study", study });
      return study;
    });
  }

  /** Work on one thing of the library follows one another. */
  inTurn<Result>(thing: string, work: () => Promise<Result>): Promise<Result> {
    return this.#turns.runExclusive(thing, work);
  }

  /** Tells of progress without writing it down. */
  showProgress(id: string, progress: NonNullable<Study["progress"]>): void {
    const known = this.#studies.get(id);
    if (known?.state !== "running") return;
    const study = { ...known, progress };
    this.#studies.set(id, study);
    this.#tell({ type: "study", study });
  }

  /** Lets a running study wait again without writing it down: the next start would do the same. */
  letWait(id: string): void {
    const known = this.#studies.get(id);
    if (known?.state !== "running") return;
    const study: Study = { ...known, state: "waiting", progress: null };
    this.#studies.set(id, study);
    this.#tell({ type: "study", study });
  }

  /** Removes a study in one step: out of its place first, then from the disk. */
  async remove(id: string): Promise<void> {
    return this.inTurn(`state of ${id}`, async () => {
      const folder = this.path(id);
      const aside = join(this.#incoming, randomUUID());
      await rename(folder, aside);
      this.#studies.delete(id);
      this.#tell({ type: "removed", id });
      await rm(aside, { recursive: true, force: true });
    });
  }

  /** Removes what work that ended late has written for a study that is gone. */
  async clear(id: string): Promise<void> {
    if (identifier.test(id) && !this.has(id)) await rm(this.#place(id), { recursive: true, force: true });
  }

  /** Calls `listener` on every change. @returns how to stop listening */
  onChange(listener: (event: ServiceEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tell(event: ServiceEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}
