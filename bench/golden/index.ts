/**
 * Holds the networks against a file of reference values, of whichever kind it is.
 *
 *     const groups = await compareWithReference(await openSafetensors(source), runtime);
 *
 * Every size comes from the file, so files of other sizes work too.
 */
import { RefusedError } from "../../src/errors.ts";
import type { Runtime, TensorFile } from "../../src/graph/index.ts";
import { compareComparators } from "./comparators.ts";
import type { GroupComparison } from "./compare.ts";
import { compareReleasedPenet } from "./released-penet.ts";
import { compareStageOne } from "./stage-one.ts";
import { compareStageTwo } from "./stage-two.ts";

/** A tensor that only files of a kind have, and what compares that kind. */
const kinds: readonly (readonly [
  string,
  (file: TensorFile, runtime: Runtime) => Promise<readonly GroupComparison[]>,
])[] = [
  ["attention", compareStageOne],
  ["unit0", compareStageTwo],
  ["released.series", compareReleasedPenet],
  ["penet.logit", compareComparators],
  ["i3d.Mixed_5c.stats", compareComparators],
];

/** @throws RefusedError format-unknown when the file is of no kind in docs/method.md#reference-values */
export async function compareWithReference(file: TensorFile, runtime: Runtime): Promise<readonly GroupComparison[]> {
  const kind = kinds.find(([name]) => file.entries.has(name));
  if (!kind) {
    throw new RefusedError(
      "format-unknown",
      `${file.name}: neither stage-one, stage-two, comparators nor penet-released`,
    );
  }
  return kind[1](file, runtime);
}
