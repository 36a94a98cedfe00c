/**
 * What every importer is asked with, and what it gives.
 */
import type { ErrorCode } from "../../errors.ts";
import type { OnProgress } from "../../progress.ts";
import type { Cohort } from "../manifest.ts";

export interface ImportOptions {
  readonly onProgress?: OnProgress | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Imported {
  readonly cohort: Cohort;
  /** Studies of the data set that were left out, and why. */
  readonly skipped: readonly { readonly id: string; readonly code: ErrorCode; readonly message: string }[];
}
