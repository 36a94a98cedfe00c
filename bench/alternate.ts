/**
 * Two programs that do the same work, step by step in turn, so that what else the machine does meets both.
 *
 *     const [ours, theirs] = await alternate([oursCommand, theirsCommand], { warmUp: 2, rounds: 7 });
 *     ours.median / theirs.median;
 *
 * A worker prints `ready SECONDS` when it is built; for every line it reads it takes one step and prints its seconds.
 */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";

export interface Measured {
  /** Seconds from start of building to ready, as the worker says. */
  readonly ready: number;
  /** Seconds a step, warm-up left out. */
  readonly seconds: readonly number[];
  readonly median: number;
  /** Mean processor seconds a step, all threads together, where the system tells: they hold still on a busy machine. */
  readonly cpu: number;
  /** Largest resident memory of the process in MiB, where the system tells. */
  readonly peak: number;
}

class Worker {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  ready = 0;

  constructor(command: readonly string[]) {
    this.#process = spawn(command[0]!, command.slice(1), { stdio: ["pipe", "pipe", "pipe"] });
    this.#process.stderr.pipe(process.stderr);
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  async #line(): Promise<string> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`${this.#process.spawnargs.join(" ")} ended before it was asked to`);
    return value;
  }

  async start(): Promise<void> {
    this.ready = Number((await this.#line()).replace("ready ", ""));
  }

  async step(): Promise<number> {
    this.#process.stdin.write("step\n");
    return Number(await this.#line());
  }

  /** VmHWM of Linux; not a number elsewhere. */
  async peak(): Promise<number> {
    const status = await readFile(`/proc/${this.#process.pid}/status`, "utf8").catch(() => "");
    return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024;
  }

  /** Seconds that the process has computed so far, from Linux's stat in ticks of 10 ms; not a number elsewhere. */
  async cpu(): Promise<number> {
    const stat = await readFile(`/proc/${this.#process.pid}/stat`, "utf8").catch(() => "");
    const [user, system] = stat.slice(stat.lastIndexOf(")")).split(" ").slice(12, 14).map(Number);
    return (user! + system!) / 100;
  }

  async end(): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once("close", resolve));
    this.#process.stdin.end();
    await ended;
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export async function alternate(
  commands: readonly (readonly string[])[],
  { warmUp, rounds }: { readonly warmUp: number; readonly rounds: number },
): Promise<readonly Measured[]> {
  const workers = commands.map((command) => new Worker(command));
  for (const worker of workers) await worker.start();
  const seconds: number[][] = workers.map(() => []);
  const computed = workers.map(() => 0);
  for (let round = 0; round < warmUp + rounds; round++) {
    for (const [index, worker] of workers.entries()) {
      const before = await worker.cpu();
      const taken = await worker.step();
      if (round < warmUp) continue;
      seconds[index]!.push(taken);
      computed[index]! += (await worker.cpu()) - before;
    }
  }
  const measured: Measured[] = [];
  for (const [index, worker] of workers.entries()) {
    const own = seconds[index]!;
    const cpu = computed[index]! / rounds;
    measured.push({ ready: worker.ready, seconds: own, median: median(own), cpu, peak: await worker.peak() });
    await worker.end();
  }
  return measured;
}
