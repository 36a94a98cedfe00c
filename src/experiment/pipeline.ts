/**
 * Long work as named steps, each done once: a step's result is kept in a file, and a run that was stopped goes on with
 * the first step that has none.
 *
 *     const steps = await Pipeline.open(folder, settings, plan, listener);
 *     const slabs = await steps.run("slab scores", slabScoresSchema, (onProgress) =>
 *       scoreSlabs({ ...request, onProgress }),
 *     );
 *
 * `<folder>/settings.json` holds the settings, `<folder>/steps/<name>.json` a finished step's result and seconds. Files
 * are written beside and renamed, so one that is there is whole.
 */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { makeFolder, writeAtomic } from "../cohort/index.ts";
import { RefusedError } from "../errors.ts";
import type { OnProgress } from "../progress.ts";

/** The steps in their order: each one's expected share of the time, in any unit, and how many run at once where it runs. */
export type PipelinePlan = Readonly<Record<string, { readonly share: number; readonly together: number }>>;

export interface StepsListener {
  readonly onProgress?: OnProgress | undefined;
  /** Told when a step ends: what is done, and about how long the rest will take. */
  readonly onStep?: ((state: StepState) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface StepState {
  readonly name: string;
  /** From 1. */
  readonly number: number;
  readonly of: number;
  readonly seconds: number;
  /** True when the step was done by an earlier run. */
  readonly found: boolean;
  readonly secondsLeft: number;
}

const record = z.object({ seconds: z.number(), result: z.unknown() });

export class Pipeline {
  readonly #folder: string;
  readonly #plan: PipelinePlan;
  readonly #listener: StepsListener;
  readonly #seconds = new Map<string, number>();
  readonly #running = new Set<number>();

  private constructor(folder: string, plan: PipelinePlan, listener: StepsListener) {
    this.#folder = folder;
    this.#plan = plan;
    this.#listener = listener;
  }

  /** @throws RefusedError `run-mismatch` when the folder holds a run with other settings */
  static async open(
    folder: string,
    settings: unknown,
    plan: PipelinePlan,
    listener: StepsListener = {},
  ): Promise<Pipeline> {
    const path = join(folder, "settings.json");
    const text = `${JSON.stringify(settings, null, 2)}\n`;
    await makeFolder(join(folder, "steps"));
    if (!existsSync(path)) {
      await writeAtomic(path, text);
    } else if ((await readFile(path, "utf8")) !== text) {
      throw new RefusedError("run-mismatch", `${folder} holds a run with other settings`, {
        hint: "continue it with its own options, or name another folder with --out",
      });
    }
    return new Pipeline(folder, plan, listener);
  }

  /** Seconds each finished step took. */
  get seconds(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#seconds);
  }

  /** Does a step of the plan, or takes its result from an earlier run. The result must survive JSON. */
  async run<T>(name: string, schema: z.ZodType<T>, work: (onProgress: OnProgress) => Promise<T>): Promise<T> {
    const names = Object.keys(this.#plan);
    const number = names.indexOf(name) + 1;
    const path = join(this.#folder, "steps", `${String(number).padStart(2, "0")}-${name.replaceAll(" ", "-")}.json`);
    if (existsSync(path)) {
      const found = record.parse(JSON.parse(await readFile(path, "utf8")));
      const result = schema.safeParse(found.result);
      if (!result.success) {
        throw new RefusedError("run-mismatch", `${path} was written by another version`, {
          hint: "delete it to do this step again",
        });
      }
      this.#finish(name, number, found.seconds, true);
      return result.data;
    }
    this.#listener.signal?.throwIfAborted();
    const started = performance.now();
    this.#running.add(number);
    const result = await work((progress) => {
      // Of steps that run at once, one is shown: a bar that jumps between them cannot be read.
      if (number !== Math.min(...this.#running)) return;
      this.#listener.onProgress?.({ ...progress, label: `${number}/${names.length} ${name}: ${progress.label}` });
    }).finally(() => this.#running.delete(number));
    const seconds = (performance.now() - started) / 1000;
    await writeAtomic(path, `${JSON.stringify({ seconds, result })}\n`);
    this.#finish(name, number, seconds, false);
    return result;
  }

  #finish(name: string, number: number, seconds: number, found: boolean): void {
    this.#seconds.set(name, seconds);
    const names = Object.keys(this.#plan);
    const took = (names: readonly string[], time: (name: string) => number) =>
      names.reduce((sum, each) => sum + time(each) / this.#plan[each]!.together, 0);
    const share = (each: string) => this.#plan[each]!.share;
    const done = names.filter((each) => this.#seconds.has(each));
    const pace = took(done, (each) => this.#seconds.get(each)!) / took(done, share);
    const left = names.filter((each) => !this.#seconds.has(each));
    const secondsLeft = pace * took(left, share);
    this.#listener.onStep?.({ name, number, of: Object.keys(this.#plan).length, seconds, found, secondsLeft });
  }
}
