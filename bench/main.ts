/**
 * Measurements, each beside its peer in the same run: `npm run bench -- <name>`.
 *
 *     npm run bench -- read      reading CT beside pydicom and gdcm
 *     npm run bench -- label     labelling 10,000 reports
 *     npm run bench -- diagnose  a study from volume to diagnosis beside the same nets in PyTorch
 *     npm run bench -- train     training steps beside PyTorch
 *     npm run bench -- infer     stage I at work beside PyTorch
 *     npm run bench -- phantom   making synthetic studies
 *
 * A bench is a file in this folder that exports `bench(argv)` and prints a table. Timings never decide a test.
 */
const benches: Readonly<Record<string, () => Promise<{ bench: (argv: readonly string[]) => Promise<void> }>>> = {
  diagnose: () => import("./diagnose.ts"),
  read: () => import("./read.ts"),
  label: () => import("./label.ts"),
  train: () => import("./train.ts"),
  infer: () => import("./infer.ts"),
  phantom: () => import("./phantom.ts"),
};

const [name, ...rest] = process.argv.slice(2);
const load = name === undefined ? undefined : benches[name];
if (load) {
  await (await load()).bench(rest);
} else {
  console.error(`usage: npm run bench -- <${Object.keys(benches).join(" | ")}>`);
  process.exitCode = 2;
}
