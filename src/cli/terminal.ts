/**
 * What every command shares: one JSON document on stdout or text for people, everything else on stderr, a progress
 * bar with rate and remaining time, errors in two lines and an exit code, and Ctrl-C as a signal.
 *
 *     command.action(async (path: string, options: StandardOptions) => {
 *       const found = await inspect(path, { onProgress: progressBar(), signal: interruption() });
 *       print(options, found, () => table(found));
 *     });
 */

import cliProgress from "cli-progress";
import { type Command, InvalidArgumentError, Option } from "commander";
import { EmbolensError, FailedError } from "../errors.ts";
import type { OnProgress } from "../progress.ts";

export interface StandardOptions {
  readonly json?: boolean;
}

/** Adds `--json`. */
export function jsonOption(command: Command): Command {
  return command.option("--json", "print one JSON document on stdout, everything else on stderr");
}

export const devices = ["cpu", "webgpu", "cuda", "auto"] as const;
export type DeviceName = (typeof devices)[number];

/** Adds `--device cpu|webgpu|cuda|auto`. */
export function deviceOption(command: Command): Command {
  return command.addOption(new Option("--device <name>", "where networks run").choices(devices).default("auto"));
}

/** Adds `--seed`, a safe integer >= 0. */
export function seedOption(command: Command, preset = 1): Command {
  return command.option("--seed <number>", "seed of every random choice", wholeNumber(0), preset);
}

/** Parses a whole number within bounds, for commander's option parsers. */
export function wholeNumber(low: number, high = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isSafeInteger(value) || value < low || value > high) {
      throw new InvalidArgumentError(
        `expected a whole number from ${low}${high < Number.MAX_SAFE_INTEGER ? ` to ${high}` : ""}`,
      );
    }
    return value;
  };
}

/** Parses a number within bounds, for commander's option parsers. */
export function numberBetween(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === "" || !(value >= low && value <= high)) {
      throw new InvalidArgumentError(`expected a number from ${low} to ${high}`);
    }
    return value;
  };
}

/** Adds an example below a command's help. */
export function example(command: Command, ...lines: readonly string[]): Command {
  return command.addHelpText("after", `\nExample:\n${lines.map((line) => `  ${line}`).join("\n")}`);
}

/** Prints a result: as JSON when asked to, else as the text `describe` makes of it. */
export function print<T>(options: StandardOptions, result: T, describe: (result: T) => string): void {
  process.stdout.write(`${options.json ? JSON.stringify(result) : describe(result)}\n`);
}

/** Says something that is not the result, on stderr. */
export function say(message: string): void {
  process.stderr.write(`${message}\n`);
}

/** Shows an error and returns the exit code it asks for. */
export function reportError(error: unknown, argv: readonly string[]): number {
  const expected = error instanceof EmbolensError ? error : undefined;
  const message = error instanceof Error ? error.message : String(error);
  if (argv.includes("--json")) {
    const { code, hint } = expected ?? { code: "defect", hint: undefined };
    process.stdout.write(`${JSON.stringify({ error: { code, message, hint } })}\n`);
  }
  if (expected) {
    say(`embolens: ${message} [${expected.code}]`);
    if (expected.hint) say(`  ${expected.hint}`);
    return expected.exitCode;
  }
  say(`embolens: a defect of ours, please report it: ${error instanceof Error ? (error.stack ?? message) : message}`);
  return 1;
}

/** A listener that draws a bar on a terminal, and a plain line every few seconds elsewhere. Bars end at their total. */
export function progressBar(): OnProgress {
  return process.stderr.isTTY ? terminalBar() : plainLines();
}

const figuresText = (figures: Readonly<Record<string, number>> = {}): string =>
  Object.entries(figures)
    .map(([name, value]) => `${name} ${Number.isInteger(value) ? value : value.toPrecision(4)}`)
    .join("  ");

/** How many a second; nothing until there was time to tell. */
const rateText = (done: number, seconds: number): string => {
  if (done === 0 || seconds < shortestForRate) return "";
  const rate = done / seconds;
  return `${rate < 100 ? rate.toPrecision(3) : Math.round(rate).toLocaleString("en")}/s`;
};

const shortestForRate = 0.2;

function terminalBar(): OnProgress {
  let bar: cliProgress.SingleBar | undefined;
  let label = "";
  let started = 0;
  return (progress) => {
    if (bar && progress.label !== label) {
      bar.stop();
      bar = undefined;
    }
    if (!bar) {
      label = progress.label;
      started = Date.now();
      bar = new cliProgress.SingleBar({
        stream: process.stderr,
        format: "{label} [{bar}] {value}/{total} {unit}  {rate}  {eta_formatted} left  {figures}",
        barsize: 24,
        hideCursor: null,
        etaBuffer: 50,
      });
      bar.start(progress.total, 0, { label, unit: progress.unit, rate: "", figures: "" });
    }
    const rate = rateText(progress.done, (Date.now() - started) / 1000);
    bar.setTotal(progress.total);
    bar.update(progress.done, { rate, figures: figuresText(progress.figures) });
    if (progress.done >= progress.total) {
      bar.stop();
      bar = undefined;
    }
  };
}

const secondsBetweenLines = 5;

function plainLines(): OnProgress {
  let label = "";
  let started = 0;
  let last = 0;
  return (progress) => {
    const now = Date.now();
    if (progress.label !== label) {
      label = progress.label;
      started = now;
      last = 0;
    }
    const finished = progress.done >= progress.total;
    if (!finished && now - last < secondsBetweenLines * 1000) return;
    last = now;
    const seconds = (now - started) / 1000;
    const rate = rateText(progress.done, seconds);
    const left = Math.ceil((seconds * (progress.total - progress.done)) / Math.max(1, progress.done));
    // What comes next under this label is another piece of work.
    if (finished) label = "";
    say(
      [
        `${progress.label} ${progress.done}/${progress.total} ${progress.unit}`,
        finished ? `${seconds.toFixed(1)} s` : rate && `${rate} ${left} s left`,
        figuresText(progress.figures),
      ]
        .filter((part) => part !== "")
        .join("  "),
    );
  };
}

/** A signal that fires on the first Ctrl-C, so that work can end cleanly; the second ends the process at once. */
export function interruption(): AbortSignal {
  const controller = new AbortController();
  const stop = () => {
    say("stopping after this step; press Ctrl-C again to stop now");
    process.once("SIGINT", () => process.exit(130));
    controller.abort(new FailedError("interrupted", "stopped; what was finished is kept"));
  };
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  return controller.signal;
}
