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
import type { DiagnosisMessage, DiagnosisRequest } from "./diagnosis-worker.ts";
import type { DiagnosisOutcome } from "./jobs.ts";
import type { Study } from "./records.ts";

/** Run from its TypeScript source, a process needs the loader this one has. */
const fromSource = import.meta.url.endsWith(".ts");

function startProcess(): ChildProcess {
  const file = fileURLToPath(new URL(fromSource ? "./diagnosis-worker.ts" : "./diagnosis-worker.js", import.meta.url));
  const tsx = () => pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
  return fork(file, [], { execArgv: fromSource ? ["--import", tsx()] : [], serialization: "advanced" });
}

export class DiagnosisProcess {
  #child: ChildProcess | undefined;

  /** Diagnoses one study; one at a time. @throws FailedError "interrupted" where the process was asked to end, "device-failed" where it died */
  async diagnose(
    request: DiagnosisRequest,
    onProgress: (progress: NonNullable<Study["progress"]>) => void,
    signal: AbortSignal,
  ): Promise<DiagnosisOutcome> {
    this.#child ??= startProcess();
    const child = this.#child;
    return new Promise<DiagnosisOutcome>((resolve, reject) => {
      const settle = (finish: () => void) => {
        child.off("message", onMessage);
        child.off("exit", onExit);
        child.off("error", onError);
        signal.removeEventListener("abort", onAbort);
        finish();
      };
      const onMessage = (message: DiagnosisMessage) => {
        if (message.kind === "progress") onProgress(message);
        else settle(() => resolve(message.outcome));
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
