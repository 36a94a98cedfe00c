/**
 * Public data sets as cohorts.
 *
 *     const { cohort, skipped } = await importers["cad-pe"]("cad-pe", "cad-pe/cohort.json", {});
 *
 * Each file of this folder says what layout it expects.
 */
import { importCadPe } from "./cad-pe.ts";
import { importFumpe } from "./fumpe.ts";
import type { Imported, ImportOptions } from "./options.ts";
import { importRsna } from "./rsna.ts";

export type Importer = (folder: string, target: string, options: ImportOptions) => Promise<Imported>;

export const dataSets = ["rsna-str-pe", "fumpe", "cad-pe"] as const;
export type DataSet = (typeof dataSets)[number];

export const importers: Readonly<Record<DataSet, Importer>> = {
  "rsna-str-pe": importRsna,
  fumpe: importFumpe,
  "cad-pe": importCadPe,
};
