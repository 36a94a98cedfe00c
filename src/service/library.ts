/**
 * The studies a reading room keeps, one folder each, with everything about them inside:
 *
 *     studies/<id>/study.json        what is known and where it stands
 *     studies/<id>/images/           the images as they came
 *     studies/<id>/diagnosis/        what `embolens diagnose` writes
 *     studies/<id>/annotation/       the reader's mask
 *
 * The folder is the truth: a study's state is replaced by renaming a finished file, so a server that was killed finds
 * every study as it was, and what was running goes back to waiting.
 */
import { randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { makeFolder, writeBeside } from "../cohort/index.ts";
import { FailedError, RefusedError } from "../errors.ts";
import { type ServiceEvent, type Study, studySchema } from "./schema.ts";

/** What is known of a study when it comes in. */
export type NewStudy = Pick<Study, "studyInstanceUID" | "patient" | "date" | "description" | "hospital" | "images">;

const identifier = /^[0-9a-f]{8}-[0-9a-f-]{27}$/;

export class Library {
  readonly #folder: string;
  readonly #studies = new Map<string, Study>();
  readonly #listeners = new Set<(event: ServiceEvent) => void>();
  /** Writes of one study follow one another, so that the last state wins on disk too. */
  readonly #writes = new Map<string, Promise<void>>();

  private constructor(folder: string) {
    this.#folder = folder;
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
      const study = identifier.test(id) ? await readStudyFile(join(studies, id, "study.json")) : undefined;
      if (!study) continue;
      library.#studies.set(id, study);
      if (study.state === "running") await library.update(id, { state: "waiting", progress: null });
    }
    return library;
  }

  get #incoming(): string {
    return join(this.#folder, "incoming");
  }

  /** The cohort of what was annotated here. */
  get cohortPath(): string {
    return join(this.#folder, "cohort.json");
  }

  /** How far the demonstration's studies were made. */
  get demonstrationPath(): string {
    return join(this.#folder, "demonstration.json");
  }

  /** An empty folder for an upload; what is left there when the server ends is removed at its next start. */
  async makeIncoming(): Promise<string> {
    const folder = join(this.#incoming, randomUUID());
    await mkdir(folder, { recursive: true });
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

  withStudyInstanceUID(uid: string): Study | undefined {
    return this.list().find(({ studyInstanceUID }) => studyInstanceUID === uid);
  }

  /** A folder or file inside a study's folder. */
  path(id: string, ...inside: readonly string[]): string {
    return join(this.#folder, "studies", this.get(id).id, ...inside);
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
      state: "waiting",
      progress: null,
      reason: null,
      probability: null,
      decision: null,
      warnings: [],
      verdicts: [],
      annotatedSlices: [],
    };
    const staged = await this.makeIncoming();
    await rename(images, join(staged, "images"));
    await writeFile(join(staged, "study.json"), JSON.stringify(study, null, 2));
    await rename(staged, join(this.#folder, "studies", id));
    this.#studies.set(id, study);
    this.#tell({ type: "study", study });
    return study;
  }

  /** Changes what is known of a study, on disk before anyone is told. */
  async update(id: string, change: Partial<Study>): Promise<Study> {
    const study = { ...this.get(id), ...change };
    this.#studies.set(id, study);
    const before = this.#writes.get(id) ?? Promise.resolve();
    const write = before.then(async () => {
      if (this.#studies.has(id)) await writeBeside(this.path(id, "study.json"), JSON.stringify(study, null, 2));
    });
    this.#writes.set(
      id,
      write.catch(() => {}),
    );
    await write;
    this.#tell({ type: "study", study });
    return study;
  }

  /** Tells of progress without writing it down. */
  showProgress(id: string, progress: NonNullable<Study["progress"]>): void {
    const known = this.#studies.get(id);
    if (known?.state !== "running") return;
    const study = { ...known, progress };
    this.#studies.set(id, study);
    this.#tell({ type: "study", study });
  }

  async remove(id: string): Promise<void> {
    const folder = this.path(id);
    this.#studies.delete(id);
    await this.#writes.get(id);
    await rm(folder, { recursive: true, force: true });
    this.#tell({ type: "removed", id });
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

async function readStudyFile(path: string): Promise<Study | undefined> {
  try {
    return studySchema.parse(JSON.parse(await readFile(path, "utf8")));
  } catch {
    return undefined;
  }
}
