/**
 * Diagnoses waiting studies one after another, oldest first. The queue is the library itself: a study waits until its
 * state says otherwise, so nothing is lost or done twice when the server is killed between two of them.
 */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { EmbolensError, FailedError } from "../errors.ts";
import { isAboutAnnotation } from "./annotations.ts";
import { writeChecksums } from "./checksums.ts";
import { diagnosisIdOf } from "./diagnosis-identity.ts";
import type { Library } from "./library.ts";
import { diagnosisSchema, type ServiceEvent, type Study } from "./records.ts";
import { waitingAfresh } from "./study-record.ts";

/** How a diagnosis ended, as the worklist shows it. */
export interface DiagnosisOutcome {
  readonly state: "done" | "refused" | "failed";
  readonly reason: Study["reason"];
  readonly seriesInstanceUID: string | null;
  readonly probability: number | null;
  readonly decision: Study["decision"];
  readonly warnings: Study["warnings"];
}

/**
 * Does the work for one study and says what to write on the worklist. Must leave no half result behind.
 * @throws FailedError "interrupted" where the study is to wait for another try
 */
export type DiagnoseStudy = (
  study: Study,
  tools: { readonly onProgress: (progress: NonNullable<Study["progress"]>) => void; readonly signal: AbortSignal },
) => Promise<DiagnosisOutcome>;

/** How long the queue rests after a state could not be written: a full disk is not emptied in a second. */
const usualRest = 30_000;

/** How often the same images are tried before a person is asked. */
const mostTries = 2;

/** What would happen to the next study too. */
const forEveryStudy: ReadonlySet<string> = new Set(["model-unloadable", "file-unwritable"]);

/** Lets a study be judged again; one that waits or is being judged is left alone. @throws RefusedError study-unknown */
export const judgeAgain = (library: Library, id: string): Promise<Study> =>
  library.update(id, ({ state }) => (state === "waiting" || state === "running" ? {} : waitingAfresh));

export class Jobs {
  readonly #library: Library;
  readonly #diagnose: DiagnoseStudy;
  readonly #rest: number;
  readonly #stopped = new AbortController();
  #current: { readonly id: string; readonly abandoned: AbortController } | undefined;
  #working: Promise<void> | undefined;
  #resting: NodeJS.Timeout | undefined;

  constructor(library: Library, diagnose: DiagnoseStudy, { rest = usualRest } = {}) {
    this.#library = library;
    this.#diagnose = diagnose;
    this.#rest = rest;
    library.onChange((event) => {
      this.#abandon(event);
      this.start();
    });
  }

  /** Starts working unless it works already or was stopped. */
  start(): void {
    if (this.#working || this.#stopped.signal.aborted) return;
    clearTimeout(this.#resting);
    this.#working = this.#work().then(
      () => {
        this.#working = undefined;
        // A study may have come in between the last look and now.
        if (this.#next()) this.start();
      },
      (error) => {
        this.#tellOf(error);
        for (const { id } of this.#library.list()) this.#library.letWait(id);
        this.#working = undefined;
        this.#resting = setTimeout(() => this.start(), this.#rest).unref();
      },
    );
  }

  /** Stops after telling the running work to end; its study waits for the next start. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    clearTimeout(this.#resting);
    await this.#working;
  }

  /** What keeps every study from its diagnosis is no study's fault. */
  #tellOf(error: unknown): void {
    const { problems } = this.#library;
    if (error instanceof EmbolensError && error.code === "model-unloadable") {
      problems.add({
        code: "model-unloadable",
        study: null,
        message: error.message,
        ...(error.hint ? { hint: error.hint } : {}),
      });
    } else console.error("a study’s state cannot be written; its diagnosis waits", error);
  }

  #next(): Study | undefined {
    return this.#library
      .list()
      .filter(({ state }) => state === "waiting")
      .sort((a, b) => a.tries - b.tries || a.received.localeCompare(b.received))[0];
  }

  /** Ends the work on a study that is removed, or that is to be judged anew with further images. */
  #abandon(event: ServiceEvent): void {
    const id = event.type === "removed" ? event.id : event.study.state === "waiting" ? event.study.id : undefined;
    if (this.#current !== undefined && this.#current.id === id) this.#current.abandoned.abort();
  }

  async #work(): Promise<void> {
    for (let study = this.#next(); study && !this.#stopped.signal.aborted; study = this.#next()) {
      const { id } = study;
      const abandoned = new AbortController();
      this.#current = { id, abandoned };
      try {
        await this.#diagnoseOne(study, abandoned.signal);
      } catch (error) {
        if (this.#library.has(id)) throw error;
      } finally {
        this.#current = undefined;
      }
      await this.#library.clear(id);
    }
  }

  /** @throws what keeps a state from being written */
  async #diagnoseOne(waiting: Study, abandoned: AbortSignal): Promise<void> {
    const { id } = waiting;
    const study = await this.#library.update(id, { state: "running", progress: null, reason: null });
    const signal = AbortSignal.any([this.#stopped.signal, abandoned]);
    const outcome = await this.#outcome(study, signal);
    const diagnosisId = outcome !== "again" && outcome.state === "done" ? await this.#sealed(id) : null;
    await this.#library.update(id, (known) => {
      if (outcome === "again" || abandoned.aborted) return { state: "waiting", progress: null };
      const tries = outcome.state === "failed" ? known.tries + 1 : 0;
      // A process may have been killed, or a disk have been full for a moment: once more before a person is asked.
      if (outcome.state === "failed" && tries < mostTries) return { state: "waiting", progress: null, tries };
      const kept = known.warnings.filter(isAboutAnnotation);
      const diagnosed = outcome.state === "done" ? new Date().toISOString() : null;
      return {
        ...outcome,
        diagnosed,
        diagnosisId,
        tries,
        progress: null,
        ...(outcome.warnings ? { warnings: [...kept, ...outcome.warnings] } : {}),
      };
    });
  }

  /** Which diagnosis has been written, its files held by their checksums from now on. */
  async #sealed(id: string): Promise<string | null> {
    const folder = this.#library.path(id, "diagnosis");
    if (!existsSync(folder)) return null;
    await writeChecksums(folder);
    const text = await readFile(join(folder, "diagnosis.json"), "utf8").catch(() => "null");
    const document = diagnosisSchema.safeParse(JSON.parse(text));
    return document.success ? diagnosisIdOf(document.data) : null;
  }

  async #outcome(study: Study, signal: AbortSignal): Promise<Partial<DiagnosisOutcome> | "again"> {
    try {
      signal.throwIfAborted();
      const onProgress = (progress: NonNullable<Study["progress"]>) => this.#library.showProgress(study.id, progress);
      const outcome = await this.#diagnose(study, { signal, onProgress });
      this.#library.problems.remove("model-unloadable");
      if (outcome.reason?.code === "file-unwritable") throw new FailedError("file-unwritable", outcome.reason.message);
      return outcome;
    } catch (error) {
      if (error instanceof EmbolensError && forEveryStudy.has(error.code) && !signal.aborted) throw error;
      if (signal.aborted || (error instanceof EmbolensError && error.code === "interrupted")) return "again";
      const message = error instanceof Error ? error.message : String(error);
      return { state: "failed", reason: { code: "failed", message } };
    }
  }
}
