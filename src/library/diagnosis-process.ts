/**
 * Keeps one diagnosing process and hands it study after study.
 *
 *     const diagnosing = new DiagnosisProcess();
 *     const diagnosis = await diagnosing.diagnose(request, onProgress, signal);
 */
import { type ChildProcess, fork } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { FailedError } from "../errors.ts";
import type { DiagnosisMessage, DiagnosisRequest, ModelRequest } from "./diagnosis-worker.ts";
import type { DiagnosisOutcome } from "./jobs.ts";
import type { Study } from "./records.ts";

type DiagnosisAnswer = Extract<DiagnosisMessage, { kind: "outcome" | "loaded" }>;

/** Run from its TypeScript source, a process needs the loader this one has. */
const fromSource = import.meta.url.endsWith(".ts");

function startProcess(): ChildProcess {
  const file = fileURLToPath(new URL(fromSource ? "./diagnosis-worker.ts" : "./diagnosis-worker.js", import.meta.url));
  const tsx = () => pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
  return fork(file, [], { execArgv: fromSource ? ["--import", tsx()] : [], serialization: "advanced" });
}

export class DiagnosisProcess {
  #child: ChildProcess | undefined;

  /** Loads the model ahead of the first study. @throws FailedError "model-unloadable", "device-failed" */
  async load(request: ModelRequest): Promise<void> {
    await this.#ask(request, () => {}, new AbortController().signal);
  }

  /**
   * Diagnoses one study; one at a time.
   * @throws FailedError "interrupted" where the process was asked to end, "device-failed" where it died,
   *   "model-unloadable" where no study can be diagnosed
   */
  async diagnose(
    request: DiagnosisRequest,
    onProgress: (progress: NonNullable<Study["progress"]>) => void,
    signal: AbortSignal,
  ): Promise<DiagnosisOutcome> {
    const answer = await this.#ask(request, onProgress, signal);
    if (answer.kind !== "outcome") throw new Error(`the diagnosing process answered ${answer.kind}`);
    return answer.outcome;
  }

  async #ask(
    request: DiagnosisRequest | ModelRequest,
    onProgress: (progress: NonNullable<Study["progress"]>) => void,
    signal: AbortSignal,
  ): Promise<DiagnosisAnswer> {
    this.#child ??= startProcess();
    const child = this.#child;
    return new Promise<DiagnosisAnswer>((resolve, reject) => {
      const settle = (finish: () => void) => {
        child.off("message", onMessage);
        child.off("exit", onExit);
        child.off("error", onError);
        signal.removeEventListener("abort", onAbort);
        finish();
      };
      const onMessage = (message: DiagnosisMessage) => {
        if (message.kind === "progress") onProgress(message);
        else if (message.kind !== "model-failed") settle(() => resolve(message));
        else {
          const { message: why, hint } = message;
          settle(() =>
            reject(
              new FailedError("model-unloadable", `the model can’t be loaded: ${why}`, { ...(hint ? { hint } : {}) }),
            ),
          );
        }
      };
      const onExit = (code: number | null, name: string | null) => {
        this.#child = undefined;
        const how = name === null ? `with exit code ${code}` : `by ${name}`;
        const asked = name === "SIGINT" || name === "SIGTERM" || name === "SIGHUP";
        const reason = asked ? "interrupted" : "device-failed";
        settle(() => reject(new FailedError(reason, `the diagnosing process ended ${how}`)));
      };
      const onError = (cause: Error) => {
        this.#child = undefined;
        settle(() => reject(new FailedError("device-failed", "the diagnosing process cannot be reached", { cause })));
      };
      // Over only when the process is: what it was writing may be removed then.
      const onAbort = () => {
        child.off("message", onMessage);
        child.off("exit", onExit);
        child.once("exit", () => settle(() => reject(signal.reason)));
        this.#child = undefined;
        child.kill("SIGKILL");
      };
      child.on("message", onMessage);
      child.on("exit", onExit);
      child.on("error", onError);
      signal.addEventListener("abort", onAbort);
      child.send(request);
    });
  }

  close(): void {
    this.#child?.removeAllListeners("exit");
    this.#child?.kill("SIGKILL");
    this.#child = undefined;
  }
}
