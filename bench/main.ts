/**
 * Measurements, each beside its peer in the same run: `npm run bench -- <name>`.
 *
 *     npm run bench -- read      reading CT beside pydicom and gdcm
 *
 * A bench is a file in this folder that exports `bench(argv)` and prints a table. Timings never decide a test.
 */
const benches: Readonly<Record<string, () => Promise<{ bench: (argv: readonly string[]) => Promise<void> }>>> = {};

const [name, ...rest] = process.argv.slice(2);
const load = name === undefined ? undefined : benches[name];
if (load) {
  await (await load()).bench(rest);
} else {
  console.error(`usage: npm run bench -- <${Object.keys(benches).join(" | ")}>`);
  process.exitCode = 2;
}
