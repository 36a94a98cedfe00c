/**
 * The process that diagnoses: apart from the server, so that a network at work never keeps a page waiting, and a study
 * that exhausts the memory ends this process and not the reading room.
 */
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { z } from "zod";
import { writeAtomic } from "../cohort/index.ts";
import { attentionView, type Detector, diagnose, loadDetector, openChestCt } from "../diagnosis/index.ts";
import { EmbolensError, FailedError } from "../errors.ts";
import { createRuntime } from "../graph/node/index.ts";
import { readModelFile } from "../model/node/index.ts";
import { writeDiagnosis } from "../results/index.ts";
import { nodeDecoder, openPaths } from "../volume/node/index.ts";
import type { DiagnosisOutcome } from "./jobs.ts";
import { attentionViewFiles } from "./kept-diagnosis.ts";
import { unwritableReason } from "./unwritable.ts";

const modelSchema = z.object({ model: z.string(), device: z.enum(["cpu", "webgpu", "cuda", "auto"]) });
export type ModelRequest = z.infer<typeof modelSchema>;
const requestSchema = modelSchema.extend({ images: z.string(), folder: z.string() });
export type DiagnosisRequest = z.infer<typeof requestSchema>;

export type DiagnosisMessage =
  | {
      readonly kind: "progress";
      readonly label: string;
      readonly done: number;
      readonly total: number;
      readonly unit: string;
    }
  | { readonly kind: "outcome"; readonly outcome: DiagnosisOutcome }
  | { readonly kind: "loaded" }
  | { readonly kind: "model-failed"; readonly message: string; readonly hint: string | undefined };

/** A server that was killed hears nothing; this process then ends on its own, below. */
const tell = (message: DiagnosisMessage): void => {
  process.send?.(message, () => {});
};

let loaded: Promise<Detector> | undefined;

/** No study is at fault where the model cannot be loaded. */
class ModelFailure extends Error {}

/** The model is loaded once and stays. @throws ModelFailure */
async function detector({ model, device }: ModelRequest): Promise<Detector> {
  loaded ??= createRuntime({ device }).then(async (runtime) => loadDetector(await readModelFile(model), runtime));
  try {
    return await loaded;
  } catch (cause) {
    loaded = undefined;
    throw new ModelFailure(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

async function work(request: DiagnosisRequest): Promise<DiagnosisOutcome> {
  const onProgress = ({ label, done, total, unit }: { label: string; done: number; total: number; unit: string }) =>
    tell({ kind: "progress", label, done, total, unit });
  const decoder = nodeDecoder();
  try {
    const judge = await detector(request);
    // An earlier diagnosis was made from fewer images; it must not stand beside a refusal.
    await rm(request.folder, { recursive: true, force: true });
    const chest = await openChestCt(await openPaths([request.images]), { decoder, onProgress });
    const diagnosis = await diagnose(chest, judge, { onProgress });
    // Not the folder above: a study that was removed meanwhile must not come back.
    await mkdir(request.folder);
    const view = attentionView(diagnosis.attention);
    await writeAtomic(join(request.folder, attentionViewFiles.grid), JSON.stringify(view.geometry));
    await writeAtomic(join(request.folder, attentionViewFiles.voxels), await promisify(gzip)(view.voxels));
    await writeDiagnosis(request.folder, chest.volume, diagnosis);
    const { probability, decision, warnings, seriesInstanceUID } = diagnosis.document;
    return { state: "done", reason: null, seriesInstanceUID, probability, decision, warnings: [...warnings] };
  } catch (error) {
    if (error instanceof ModelFailure) throw error;
    const reason = unwritableReason(error);
    const known = reason === undefined ? error : new FailedError("file-unwritable", reason, { cause: error });
    if (!(known instanceof EmbolensError)) throw error;
    const { code, message } = known;
    return {
      state: known.exitCode === 3 ? "refused" : "failed",
      // Where the server keeps its files is nobody's business; the file's own number is enough.
      reason: { code, message: message.replaceAll(join(request.images, "/"), "") },
      seriesInstanceUID: null,
      probability: null,
      decision: null,
      warnings: [],
    };
  } finally {
    await decoder.close();
  }
}

async function answer(message: unknown): Promise<DiagnosisMessage> {
  const request = z.union([requestSchema, modelSchema]).parse(message);
  try {
    if ("images" in request) return { kind: "outcome", outcome: await work(request) };
    await detector(request);
    return { kind: "loaded" };
  } catch (error) {
    if (!(error instanceof ModelFailure)) throw error;
    const hint = error.cause instanceof EmbolensError ? error.cause.hint : undefined;
    return { kind: "model-failed", message: error.message, hint };
  }
}

process.on("message", async (message) => tell(await answer(message)));
// Ctrl-C and a service manager's stop reach every process of the group; the server decides, and ends this one itself.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => {});
// Without its server nobody waits for an answer.
process.on("disconnect", () => process.exit());
