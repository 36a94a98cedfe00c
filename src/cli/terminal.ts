/**
 * What every command shares: one JSON document on stdout or text for people, everything else on stderr, a progress
 * bar with rate and remaining time, errors in two lines and an exit code, and Ctrl-C as a signal.
 *
 *     command.action(async (path: string, options: StandardOptions) => {
 *       const found = await work(path, { onProgress: progressBar(), signal: abortOnInterrupt() });
 *       print(options, found, ({ series }) => `${series.length} series`);
 *     });
 */

import { type Command, InvalidArgumentError, Option } from "commander";
import { EmbolensError, FailedError } from "../errors.ts";
import { endProgress, say } from "./progress-bar.ts";

export { progressBar, say } from "./progress-bar.ts";

export interface StandardOptions {
  readonly json?: boolean;
}

/** Adds `--json`. */
export function jsonOption(command: Command): Command {
  return command.option("--json", "print one JSON document on stdout, everything else on stderr");
}

export const devices = ["cpu", "webgpu", "cuda", "auto"] as const;
export type DeviceName = (typeof devices)[number];

/** Adds `--device cpu|webgpu|cuda|auto`, or what EMBOLENS_DEVICE says. */
export function deviceOption(command: Command): Command {
  return command.addOption(
    new Option("--device <name>", "where networks run").choices(devices).env("EMBOLENS_DEVICE").default("auto"),
  );
}

/** Adds `--model`, or what EMBOLENS_MODEL says. */
export function modelOption(command: Command, meaning: string): Command {
  return command.addOption(new Option("--model <file>", meaning).env("EMBOLENS_MODEL"));
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
  endProgress();
  process.stdout.write(`${options.json ? JSON.stringify(result) : describe(result)}\n`);
}

/** Shows an error and returns the exit code it asks for. */
export function reportError(error: unknown, argv: readonly string[]): number {
  endProgress();
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

/** A signal that fires on the first Ctrl-C, so that work can end cleanly; the second ends the process at once. */
export function abortOnInterrupt(): AbortSignal {
  const controller = new AbortController();
  const stop = () => {
    say("stopping after this step; press Ctrl-C again to stop now");
    process.once("SIGINT", () => {
      endProgress();
      process.exit(130);
    });
    controller.abort(new FailedError("interrupted", "stopped; what was finished is kept"));
  };
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  return controller.signal;
}
