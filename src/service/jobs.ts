/**
 * Diagnoses waiting studies one after another, oldest first. The queue is the library itself: a study waits until its
 * state says otherwise, so nothing is lost or done twice when the server is killed between two of them.
 */
import { EmbolensError } from "../errors.ts";
import type { Library } from "./library.ts";
import type { Study } from "./schema.ts";

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

export class Jobs {
  readonly #library: Library;
  readonly #diagnose: DiagnoseStudy;
  readonly #stopped = new AbortController();
  #working: Promise<void> | undefined;

  constructor(library: Library, diagnose: DiagnoseStudy) {
    this.#library = library;
    this.#diagnose = diagnose;
    library.onChange(() => this.start());
  }

  /** Starts working unless it works already or was stopped. */
  start(): void {
    if (this.#working || this.#stopped.signal.aborted) return;
    this.#working = this.#work().finally(() => {
      this.#working = undefined;
      // A study may have come in between the last look and now.
      if (this.#next()) this.start();
    });
  }

  /** Stops after telling the running work to end; its study waits for the next start. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#working;
  }

  #next(): Study | undefined {
    return this.#library
      .list()
      .filter(({ state }) => state === "waiting")
      .sort((a, b) => a.received.localeCompare(b.received))[0];
  }

  async #work(): Promise<void> {
    for (let study = this.#next(); study && !this.#stopped.signal.aborted; study = this.#next()) {
      const { id } = study;
      await this.#library.update(id, { state: "running", progress: null, reason: null });
      try {
        this.#stopped.signal.throwIfAborted();
        const outcome = await this.#diagnose(study, {
          signal: this.#stopped.signal,
          onProgress: (progress) => this.#library.showProgress(id, progress),
        });
        await this.#finish(id, outcome);
      } catch (error) {
        if (this.#stopped.signal.aborted) return this.#finish(id, { state: "waiting" });
        if (error instanceof EmbolensError && error.code === "interrupted") {
          await this.#finish(id, { state: "waiting" });
          continue;
        }
        const message = error instanceof Error ? error.message : String(error);
        await this.#finish(id, { state: "failed", reason: { code: "failed", message } });
      }
    }
  }

  /** A study removed meanwhile has nothing to finish. */
  async #finish(id: string, change: Partial<Study>): Promise<void> {
    if (this.#library.list().some((study) => study.id === id)) {
      await this.#library.update(id, { ...change, progress: null });
    }
  }
}
