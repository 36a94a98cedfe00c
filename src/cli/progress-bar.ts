/**
 * What is said on stderr while a command works: bars on a terminal, a plain line every few seconds elsewhere.
 *
 *     const onProgress = progressBar();
 *     onProgress({ label: "decoding", done: 120, total: 300, unit: "slices" });
 *     say("3 files were skipped");            // above the bars
 *     endProgress();                          // however the work ended
 *
 * Pieces of work that go on side by side are told apart by their labels, and each has a rate and a bar of its own.
 */
import cliProgress from "cli-progress";
import type { OnProgress, Progress } from "../progress.ts";

/** A listener that tells of every piece of work until it has reached its total. */
export function progressBar(): OnProgress {
  return process.stderr.isTTY ? drawBar : plainLines();
}

/** Says something that is not the result, on stderr. */
export function say(message: string): void {
  if (drawn === undefined) process.stderr.write(`${message}\n`);
  else drawn.bars.log(`${message}\n`);
}

/** Leaves the bars as they are: what was not finished when work failed would be drawn for ever. */
export function endProgress(): void {
  if (drawn === undefined) return;
  // What was said last is waiting for the next drawing.
  drawn.bars.update();
  drawn.bars.stop();
  drawn = undefined;
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

interface Drawn {
  readonly bars: cliProgress.MultiBar;
  /** By label, those that have not reached their total. */
  readonly unfinished: Map<string, { readonly bar: cliProgress.SingleBar; readonly started: number }>;
}

/** The bars on the terminal now; they share its cursor, so there is one such set. */
let drawn: Drawn | undefined;

function drawBar(progress: Progress): void {
  drawn ??= {
    bars: new cliProgress.MultiBar({
      stream: process.stderr,
      format: "{label} [{bar}] {value}/{total} {unit}  {rate}  {eta_formatted} left  {figures}",
      barsize: 24,
      hideCursor: null,
      etaBuffer: 50,
      // Work that is told to stop goes on for a moment, and says so.
      gracefulExit: false,
    }),
    unfinished: new Map(),
  };
  const { bars, unfinished } = drawn;
  const { label, done, total, unit } = progress;
  let own = unfinished.get(label);
  if (own === undefined) {
    own = { bar: bars.create(total, 0, { label, unit, rate: "", figures: "" }), started: Date.now() };
    unfinished.set(label, own);
  }
  const rate = rateText(done, (Date.now() - own.started) / 1000);
  own.bar.setTotal(total);
  own.bar.update(done, { rate, figures: figuresText(progress.figures) });
  if (done < total) return;
  unfinished.delete(label);
  if (unfinished.size === 0) endProgress();
}

const secondsBetweenLines = 5;

function plainLines(): OnProgress {
  const works = new Map<string, { readonly started: number; said: number }>();
  return ({ label, done, total, unit, figures }) => {
    const now = Date.now();
    const work = works.get(label) ?? { started: now, said: 0 };
    works.set(label, work);
    const finished = done >= total;
    if (!finished && now - work.said < secondsBetweenLines * 1000) return;
    work.said = now;
    const seconds = (now - work.started) / 1000;
    const rate = rateText(done, seconds);
    const left = Math.ceil((seconds * (total - done)) / Math.max(1, done));
    // What comes next under this label is another piece of work.
    if (finished) works.delete(label);
    say(
      [
        `${label} ${done}/${total} ${unit}`,
        finished ? `${seconds.toFixed(1)} s` : rate && `${rate} ${left} s left`,
        figuresText(figures),
      ]
        .filter((part) => part !== "")
        .join("  "),
    );
  };
}
