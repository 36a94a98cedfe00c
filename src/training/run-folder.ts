/**
 * The folder of one training run: what was asked for, where it stands, what it gave.
 *
 *     const run = await RunFolder.open("runs/a", settings);       // a new one, or the same run again
 *     const saved = await run.checkpoint();                       // undefined in a new one
 *
 *     settings.json            everything the run depends on; the same command resumes, another one is refused
 *     checkpoint.safetensors   weights, optimiser state, counters: all that is needed to go on bit for bit
 *     metrics.jsonl            one line an epoch
 *     model.safetensors        the best model so far, by validation accuracy
 *     loss.svg, …              learning curves
 *
 * Each file is written beside and renamed, and what a file says follows from the checkpoint and the settings alone, so
 * a run killed at any moment goes on from its last checkpoint and ends as if it had not been killed.
 */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { makeFolder, writeAtomic } from "../cohort/index.ts";
import { FailedError, RefusedError } from "../errors.ts";
import { openTensorFile, toFloat32 } from "../graph/files/index.ts";
import type { TrainingState } from "../graph/index.ts";
import { writeTensorFile } from "../graph/node/index.ts";
import { bytes } from "../volume/index.ts";
import { type CurvePoint, learningCurve } from "./curves.ts";

const measuresSchema = z
  .object({ loss: z.number(), accuracy: z.number(), auc: z.number().nullable() })
  .catchall(z.number().nullable());

export const epochSchema = z.strictObject({
  epoch: z.int().min(1),
  /** Steps since the run began. */
  steps: z.int().min(0),
  learningRate: z.number(),
  training: measuresSchema,
  validation: measuresSchema,
  /** Whether these weights are the best so far. */
  best: z.boolean(),
  seconds: z.number(),
});
/** One line of metrics.jsonl. */
export type EpochMetrics = z.infer<typeof epochSchema>;

const tallySchema = z.strictObject({
  loss: z.number(),
  labels: z.array(z.number()).readonly(),
  scores: z.array(z.number()).readonly(),
  more: z.record(z.string(), z.strictObject({ sum: z.number(), count: z.number() })),
});

/** Where a run stands, beside its numbers. */
const positionSchema = z.strictObject({
  format: z.literal("embolens-checkpoint"),
  version: z.literal(1),
  optimiser: z.string(),
  steps: z.int().min(0),
  /** The epoch under way, from 1, and how many of its steps are done. */
  epoch: z.int().min(1),
  stepsInEpoch: z.int().min(0),
  tally: tallySchema,
  secondsInEpoch: z.number(),
  history: z.array(epochSchema),
});
export type RunPosition = Omit<z.infer<typeof positionSchema>, "format" | "version" | "optimiser" | "steps">;

export interface Checkpoint {
  readonly position: RunPosition;
  readonly state: TrainingState;
}

/** Anything JSON can hold. */
export type Settings = Readonly<Record<string, unknown>>;

export class RunFolder {
  readonly folder: string;
  readonly settings: Settings;

  private constructor(folder: string, settings: Settings) {
    this.folder = folder;
    this.settings = settings;
  }

  /**
   * @param settings everything the result depends on
   * @throws RefusedError "run-mismatch" where the folder holds a run with other settings, naming the first difference
   */
  static async open(folder: string, settings: Settings): Promise<RunFolder> {
    const file = join(folder, "settings.json");
    const text = `${JSON.stringify(settings, null, 2)}\n`;
    if (existsSync(file)) {
      const before: unknown = JSON.parse(await readFile(file, "utf8"));
      const difference = firstDifference(before, JSON.parse(text), "");
      if (difference !== undefined) {
        throw new RefusedError("run-mismatch", `${folder} holds a run with another ${difference}`, {
          hint: "name another folder, or repeat the command that began it",
        });
      }
    } else {
      try {
        await makeFolder(folder);
        await writeAtomic(file, text);
      } catch (cause) {
        throw new FailedError("file-unwritable", `${folder} cannot be written`, { cause });
      }
    }
    return new RunFolder(folder, settings);
  }

  get modelFile(): string {
    return join(this.folder, "model.safetensors");
  }

  get #checkpointFile(): string {
    return join(this.folder, "checkpoint.safetensors");
  }

  async checkpoint(): Promise<Checkpoint | undefined> {
    if (!existsSync(this.#checkpointFile)) return undefined;
    const file = await openTensorFile(bytes(this.#checkpointFile, await readFile(this.#checkpointFile)));
    const parsed = positionSchema.safeParse(JSON.parse(file.metadata.get("position") ?? "null"));
    if (!parsed.success) {
      throw new RefusedError("file-corrupt", `${this.#checkpointFile} does not say where the run stands`, {
        cause: parsed.error,
      });
    }
    const parameters = new Map<string, Float32Array>();
    const slots = new Map<string, Float32Array>();
    for (const name of file.entries.keys()) {
      const kept = name.startsWith("parameter.") ? parameters : slots;
      kept.set(name.slice(name.indexOf(".") + 1), toFloat32(await file.read(name)));
    }
    const { format: _format, version: _version, optimiser, steps, ...position } = parsed.data;
    return { position, state: { steps, optimiser, parameters, slots } };
  }

  async saveCheckpoint({ position, state }: Checkpoint): Promise<void> {
    const { steps, optimiser, parameters, slots } = state;
    const kept = (kind: string, values: ReadonlyMap<string, Float32Array>) =>
      [...values].map(([name, array]) => ({
        name: `${kind}.${name}`,
        type: "F32" as const,
        shape: [array.length],
        values: array,
      }));
    const document = { format: "embolens-checkpoint", version: 1, optimiser, steps, ...position };
    await writeTensorFile(this.#checkpointFile, [...kept("parameter", parameters), ...kept("slot", slots)], {
      position: JSON.stringify(document),
    });
  }

  /** Writes the metrics of all epochs so far and the curves drawn from them. */
  async saveMetrics(history: readonly EpochMetrics[]): Promise<void> {
    const lines = history.map((epoch) => `${JSON.stringify(epoch)}\n`).join("");
    await writeAtomic(join(this.folder, "metrics.jsonl"), lines);
    const best = history.findLast((epoch) => epoch.best)?.epoch;
    for (const quantity of Object.keys(history.at(-1)?.training ?? {})) {
      const points = history.flatMap(({ epoch, training, validation }): CurvePoint[] => [
        { epoch, part: "training", value: training[quantity] ?? Number.NaN },
        { epoch, part: "validation", value: validation[quantity] ?? Number.NaN },
      ]);
      await writeAtomic(join(this.folder, `${dashed(quantity)}.svg`), learningCurve(spaced(quantity), points, best));
    }
  }
}

const dashed = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
const spaced = (name: string): string => (name === "auc" ? "AUC" : dashed(name).replaceAll("-", " "));

/** The path of the first value in which two JSON documents differ. */
function firstDifference(before: unknown, now: unknown, path: string): string | undefined {
  if (isRecord(before) && isRecord(now)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(now)])) {
      const difference = firstDifference(before[key], now[key], path === "" ? key : `${path}.${key}`);
      if (difference !== undefined) return difference;
    }
    return undefined;
  }
  if (JSON.stringify(before) === JSON.stringify(now)) return undefined;
  return `${path} (${JSON.stringify(before)} there, ${JSON.stringify(now)} now)`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
