/**
 * Runs once before the tests: builds the page where it is older than its sources, and says which system programs are
 * missing, in one line, so that a skipped test is no surprise. `.ci/run` installs them.
 */
import { buildPage } from "./built-page.ts";
import { hasProgram, systemPrograms } from "./system.ts";

export default async function setup(): Promise<void> {
  await buildPage();
  const missing = Object.entries(systemPrograms).filter(([program]) => !hasProgram(program));
  if (missing.length === 0) return;
  const packages = [...new Set(missing.map(([, debianPackage]) => debianPackage))];
  const programs = missing.map(([program]) => program).join(", ");
  console.warn(`Tests that need ${programs} are skipped: apt-get install ${packages.join(" ")}`);
}
