/**
 * Passes over the scanned range: where slices taken (or numbered) one after the other turn back, another scan begins.
 *
 *     passes(slices, normal, ({ object }) => object.instanceNumber);     // [first phase, second phase]
 *
 * Time and instance number differ from slice to slice within one scan, so their values part nothing. What parts two
 * scans is that the place, followed in the order of time or number, goes through the range more than once.
 */
import type { Triple } from "../geometry.ts";
import type { Slice } from "./series.ts";
import { height, samePlace } from "./stack.ts";

/** Slices of one moment or number, and the range they reach over. */
interface Block {
  readonly slices: Slice[];
  readonly order: number;
  readonly low: number;
  readonly high: number;
}

/**
 * The slices in as many groups as they pass over the range; undefined where one has no place in the order, or where
 * it can't be told whether a slice ends a pass or begins the next.
 */
export function passes(
  slices: readonly Slice[],
  normal: Triple,
  order: (slice: Slice) => number | undefined,
): Slice[][] | undefined {
  const byOrder = new Map<number, Slice[]>();
  for (const slice of slices) {
    const at = order(slice);
    if (at === undefined || Number.isNaN(at)) return undefined;
    const group = byOrder.get(at);
    if (group) group.push(slice);
    else byOrder.set(at, [slice]);
  }
  const blocks = [...byOrder.entries()]
    .sort(([a], [b]) => a - b)
    .map(([at, group]): Block => {
      const heights = group.map((slice) => height(slice, normal));
      return { slices: group, order: at, low: Math.min(...heights), high: Math.max(...heights) };
    });
  return turned(walk(blocks))?.map((run) => run.flatMap((block) => block.slices));
}

function walk(blocks: readonly Block[]): Block[][] {
  const runs: Block[][] = [];
  let direction = 0;
  for (const block of blocks) {
    const run = runs[runs.length - 1];
    const last = run?.[run.length - 1];
    const step = !last ? 0 : block.low - last.high > samePlace ? 1 : last.low - block.high > samePlace ? -1 : 0;
    if (run && step !== 0 && (direction === 0 || direction === step)) {
      run.push(block);
      direction = step;
    } else {
      runs.push([block]);
      direction = 0;
    }
  }
  return runs;
}

/**
 * A scan that goes back over the range may begin beyond the last one's end, and its first slice then looks like the
 * last one's last. An odd step, a pause or equal counts tell to which of both it belongs; undefined where none does.
 */
function turned(runs: Block[][]): Block[][] | undefined {
  for (let index = 0; index + 1 < runs.length; index++) {
    const [run, following] = [runs[index]!, runs[index + 1]!];
    if (run.length < 4) continue;
    const last = run.length - 1;
    const step = (at: number) => Math.abs(run[at]!.low - run[at - 1]!.low);
    const pause = (at: number) => run[at]!.order - run[at - 1]!.order;
    const own = step(last - 1);
    const odd = Math.abs(step(last) - own) > 0.2 * own;
    const paused = pause(last) > 3 * pause(last - 1);
    const back = Math.abs(following[0]!.low - run[last]!.low);
    if (odd || paused || (run.length === following.length + 2 && Math.abs(back - own) < 0.2 * own)) {
      following.unshift(run.pop()!);
    } else if (Math.abs(back - own) < 0.2 * own && run.length !== following.length) {
      const rest = following[0]!.order - run[last]!.order;
      if (rest <= 3 * pause(last)) return undefined;
    }
  }
  return runs;
}

/**
 * Slices numbered place by place, as gated scans are: 1 to n at the first place, n + 1 to 2n at the next. Undefined
 * where they aren't numbered so.
 */
export function turnsAtEachPlace(slices: readonly Slice[], normal: Triple): Slice[][] | undefined {
  const numbered = slices
    .map((slice) => ({ slice, number: slice.object.instanceNumber, at: height(slice, normal) }))
    .sort((a, b) => (a.number ?? 0) - (b.number ?? 0));
  const first = numbered[0]!;
  const turns = numbered.findIndex(({ at }) => Math.abs(at - first.at) >= samePlace);
  if (turns < 2 || numbered.length % turns !== 0 || first.number === undefined) return undefined;
  const parts: Slice[][] = Array.from({ length: turns }, () => []);
  for (const [index, { slice, number, at }] of numbered.entries()) {
    const place = numbered[index - (index % turns)]!;
    if (number !== first.number + index || Math.abs(at - place.at) >= samePlace) return undefined;
    parts[index % turns]!.push(slice);
  }
  return parts;
}
