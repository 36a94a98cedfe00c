/**
 * The compiled program, which is what is measured: users run it, and no loader's time and memory come on top.
 *
 *     build();
 *     await alternate([builtWorker("steps", told), theirs], { warmUp: 3, rounds: 7 });
 */
import { execFileSync } from "node:child_process";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");

/** Compiles the program and the workers of this folder into dist/. */
export function build(): void {
  try {
    execFileSync("npm", ["run", "kernel", "--silent"], { cwd: root, stdio: ["ignore", "ignore", "inherit"] });
    execFileSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", "tsconfig.bench.json"], {
      cwd: root,
    });
  } catch {
    // The compiler writes what it can even where types are wrong; those are `npm run check`'s business.
    console.warn("the build has errors; what it wrote is measured");
  }
}

/** The command that starts a worker of bench/workers. */
export const builtWorker = (name: string, ...told: readonly string[]): readonly string[] => [
  process.execPath,
  join(root, "dist/bench/workers", `${name}.js`),
  ...told,
];
