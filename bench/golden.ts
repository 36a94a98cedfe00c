/**
 * `npm run golden -- FILE…`: holds reference files against the engine and the networks, prints the worst error of each
 * group of tensors, and exits with 1 when one is above 1e-4 of its tensor's largest magnitude (1e-3 for probabilities from bytes).
 */
import { readFile } from "node:fs/promises";
import { EmbolensError } from "../src/errors.ts";
import { openSafetensors } from "../src/graph/index.ts";
import { createRuntime } from "../src/graph/node/index.ts";
import { bytes } from "../src/volume/index.ts";
import { tolerance, worst } from "./golden/compare.ts";
import { compareWithReference } from "./golden/index.ts";

const files = process.argv.slice(2);
if (files.length === 0) {
  console.error("usage: npm run golden -- FILE…");
  process.exitCode = 2;
}
const runtime = await createRuntime({ device: "cpu" });
for (const path of files) {
  try {
    console.log(path);
    for (const { group, comparisons, tolerance: own = tolerance } of await compareWithReference(
      await openSafetensors(bytes(path, await readFile(path))),
      runtime,
    )) {
      const { name, error } = worst(comparisons);
      const verdict = error <= own ? "ok" : "TOO FAR";
      console.log(
        `  ${group.padEnd(24)} ${String(comparisons.length).padStart(4)} tensors  worst ${error.toExponential(2)}  ${verdict}  ${name}`,
      );
      if (!(error <= own)) process.exitCode = 1;
    }
  } catch (error) {
    if (!(error instanceof EmbolensError)) throw error;
    console.error(`  ${error.message} [${error.code}]`);
    process.exitCode = error.exitCode;
  }
}
