/**
 * Runs once before the tests: says which system programs are missing, in one line, so that a skipped test is no
 * surprise. `.ci/run` installs them.
 */
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { systemPrograms } from "./system.ts";

function onPath(program: string): boolean {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => existsSync(join(folder, program)));
}

export default function setup(): void {
  const missing = Object.entries(systemPrograms).filter(([program]) => !onPath(program));
  if (missing.length === 0) return;
  const packages = [...new Set(missing.map(([, debianPackage]) => debianPackage))];
  console.warn(
    `Tests that need ${missing.map(([program]) => program).join(", ")} are skipped: apt-get install ${packages.join(" ")}`,
  );
}
