/**
 * The library's part of `/api/health` and `/api/ready`: whether its folder can be written now, and what is wrong with it.
 *
 *     const { status, problems } = await libraryHealth(library);
 */
import { join } from "node:path";
import { writeAtomic } from "../cohort/index.ts";
import type { Library } from "./library.ts";
import type { Health } from "./records.ts";
import { unwritableReason } from "./unwritable.ts";

/** Writes a few bytes, since only that tells whether a disk is full or was turned read-only. */
export async function libraryHealth(library: Library): Promise<Health> {
  try {
    await writeAtomic(
      join(library.folder, "writable.txt"),
      "The reading room tries here whether its folder can be written.\n",
    );
    library.problems.remove("folder-unwritable");
  } catch (error) {
    const message = unwritableReason(error) ?? String(error);
    const hint = "nothing can be saved until the folder of the reading room can be written again";
    library.problems.add({ code: "folder-unwritable", study: null, message, hint });
  }
  const problems = library.problems.list();
  const isFailing = problems.some(({ code }) => code === "folder-unwritable");
  return {
    status: isFailing ? "failing" : problems.length > 0 ? "degraded" : "ok",
    studies: library.list().length,
    problems,
  };
}
