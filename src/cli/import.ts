/**
 * `embolens import <dataset> <path>`: a public data set as a cohort.
 */
import { join } from "node:path";
import { type Command, Option } from "commander";
import { dataSets, importers, writeCohort } from "../cohort/index.ts";
import { UsageError } from "../errors.ts";
import { abortOnInterrupt, example, jsonOption, print, progressBar, type StandardOptions } from "./terminal.ts";

interface ImportCommandOptions extends StandardOptions {
  readonly out?: string;
}

export function define(command: Command): void {
  jsonOption(command)
    .argument("<dataset>", dataSets.join(", "))
    .argument("<path>", "folder of the data set, laid out as it is published")
    .addOption(new Option("--out <file>", "cohort file to write (default: cohort.json in the folder)"))
    .action(async (name: string, path: string, options: ImportCommandOptions) => {
      const dataSet = dataSets.find((known) => known === name);
      if (dataSet === undefined) throw new UsageError("option-invalid", `"${name}" is none of ${dataSets.join(", ")}`);
      const out = options.out ?? join(path, "cohort.json");
      const request = { onProgress: progressBar(), signal: abortOnInterrupt() };
      const { cohort, skipped } = await importers[dataSet](path, out, request);
      await writeCohort(out, cohort);
      const count = (value: string) => cohort.studies.filter(({ label }) => label?.value === value).length;
      const labels = { present: count("present"), absent: count("absent"), uncertain: count("uncertain") };
      print(options, { cohort: out, studies: cohort.studies.length, labels, skipped }, (result) =>
        [
          `${result.cohort}: ${result.studies} studies; embolism present ${labels.present}, absent ${labels.absent}, uncertain ${labels.uncertain}`,
          ...skipped.map(({ id, code, message }) => `  left out ${id}: ${message} [${code}]`),
        ].join("\n"),
      );
    });
  example(
    command,
    "embolens import rsna-str-pe ./rsna-str-pulmonary-embolism-detection",
    "embolens import cad-pe ./cad-pe --out ./cad-pe/cohort.json",
  );
}
