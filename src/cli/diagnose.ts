/** `embolens diagnose <path…>`: probability of pulmonary embolism, slab scores, attention, key images. */
import { type Command, InvalidArgumentError } from "commander";
import { loadDetector } from "../diagnosis/index.ts";
import { RefusedError, UsageError } from "../errors.ts";
import { createRuntime } from "../graph/node/index.ts";
import { readModelFile } from "../model/node/index.ts";
import { demonstrationModel, diagnoseStudies, type StudyOutcome } from "../results/index.ts";
import { nodeDecoder } from "../volume/node/index.ts";
import {
  abortOnInterrupt,
  type DeviceName,
  deviceOption,
  example,
  jsonOption,
  modelOption,
  progressBar,
  type StandardOptions,
  say,
} from "./terminal.ts";

interface DiagnoseOptions extends StandardOptions {
  readonly model?: string;
  readonly out?: string;
  readonly dicom?: boolean;
  readonly device: DeviceName;
}

export function define(command: Command): void {
  const folder = (text: string) => {
    if (text.trim() === "") throw new InvalidArgumentError("expected a folder");
    return text;
  };
  const withModel = modelOption(command, "the model to judge with (default: the demonstration model)");
  deviceOption(
    jsonOption(withModel)
      .argument("<path...>", "studies: folders, files or archives of DICOM, NIfTI, NRRD, MetaImage")
      .option("--out <folder>", "write diagnosis.json, attention.nii.gz and key images there", folder)
      .option("--dicom", "with --out: report, key images and attention as DICOM objects too, for a PACS"),
  )
    .addHelpText(
      "after",
      `
A path may hold several studies. With several, --out gets a folder for each. A study whose folder already holds the
diagnosis of the same images by the same model is left as it is; one that has got further images, or was judged without
--dicom and is now to have its objects, is judged again. --json prints the diagnosis of one study; of several,
{"diagnoses": […], "kept": […], "refused": […]}. Exit code 3 when a study was refused; the others are diagnosed all
the same. Research use, not a medical device.`,
    )
    .action(async (paths: string[], options: DiagnoseOptions) => {
      await run(paths, options, command.getOptionValueSource("device") !== "default");
    });
  example(
    command,
    "embolens diagnose study/ --out result/",
    "embolens diagnose monday.zip tuesday/ --model run/best.safetensors --json",
  );
}

async function run(
  paths: readonly string[],
  { model, out, dicom, device, json }: DiagnoseOptions,
  wasDeviceAskedFor: boolean,
): Promise<void> {
  if (dicom && out === undefined) {
    throw new UsageError("option-conflict", "--dicom writes files and needs --out");
  }
  const signal = abortOnInterrupt();
  const onProgress = progressBar();
  const loaded = await readModelFile(model ?? (await demonstrationModel()));
  const runtime = await createRuntime({ device });
  if (device === "auto" && wasDeviceAskedFor) say(`running on ${runtime.device}: ${runtime.reason}`);
  const detector = await loadDetector(loaded, runtime);
  const decoder = nodeDecoder();
  const outcomes: StudyOutcome[] = [];
  try {
    for await (const outcome of diagnoseStudies(paths, { detector, decoder, out, dicom, onProgress, signal })) {
      outcomes.push(outcome);
      if (json) continue;
      if (isRefused(outcome)) say(describe(outcome));
      else process.stdout.write(`${describe(outcome)}\n\n`);
    }
  } finally {
    await decoder.close();
    await detector.release();
  }
  const refused = outcomes.filter(isRefused);
  const [first] = refused;
  if (first && outcomes.length === 1 && json) {
    const { study, code, message, hint } = first;
    throw new RefusedError(code, `${study}: ${message}`, hint === undefined ? {} : { hint });
  }
  if (json)
    process.stdout.write(`${JSON.stringify(outcomes.length === 1 ? asJson(outcomes[0]!) : together(outcomes))}\n`);
  if (first) process.exitCode = 3;
}

type Refused = Extract<StudyOutcome, { readonly state: "refused" | "failed" }>;

const isRefused = (outcome: StudyOutcome): outcome is Refused =>
  outcome.state === "refused" || outcome.state === "failed";

const asJson = (outcome: StudyOutcome): unknown => (outcome.state === "diagnosed" ? outcome.document : outcome);

function together(outcomes: readonly StudyOutcome[]): unknown {
  return {
    diagnoses: outcomes.filter(({ state }) => state === "diagnosed").map(asJson),
    kept: outcomes.filter(({ state }) => state === "kept"),
    refused: outcomes.filter(isRefused),
  };
}

const bar = (share: number, width: number): string => "█".repeat(Math.round(share * width)).padEnd(width, "·");

function describe(outcome: StudyOutcome): string {
  switch (outcome.state) {
    case "kept":
      return `${outcome.study}\n  already diagnosed from these images by this model: ${outcome.folder}`;
    case "refused":
    case "failed":
      return [
        `${outcome.study}`,
        `  ${outcome.state}: ${outcome.message} [${outcome.code}]`,
        ...hintOf(outcome.hint),
      ].join("\n");
    case "diagnosed": {
      const { document, files } = outcome;
      const { probability, decision, operatingPoint, slabs, warnings, seconds, indeterminateBecause } = document;
      const isDecided = decision !== "indeterminate";
      const highest = isDecided ? [...slabs].sort((a, b) => b.probability - a.probability).slice(0, 3) : [];
      const because = new Set(indeterminateBecause.map(({ message }) => message));
      return [
        outcome.study,
        ...(isDecided
          ? [
              `  pulmonary embolism ${bar(probability, 20)} ${probability.toFixed(3)}  ${decision} at ${operatingPoint.threshold.toFixed(3)} (${operatingPoint.name})`,
            ]
          : [
              "  pulmonary embolism: indeterminate",
              ...indeterminateBecause.map(({ message, code }) => `  because ${message} [${code}]`),
            ]),
        ...contrastOf(document.contrast.greatVesselsHu),
        ...warnings
          .filter(({ message }) => !because.has(message))
          .map(({ message, code }) => `  warning: ${message} [${code}]`),
        ...highest.map(
          ({ index, zMillimetres, probability: own, attentionPeakMillimetres: peak }) =>
            `  slab ${String(index + 1).padStart(2)} ${bar(own, 10)} ${own.toFixed(3)}  z ${zMillimetres.toFixed(1)} mm${peak ? `, peak at (${peak.map((value) => value.toFixed(0)).join(", ")}) mm` : ""}`,
        ),
        `  ${document.model.name}, ${(seconds.total ?? 0).toFixed(1)} s`,
        ...files.slice(0, 1).map((file) => `  written: ${file} and ${files.length - 1} more beside it`),
        `  ${document.notice}`,
      ].join("\n");
    }
  }
}

const contrastOf = (hu: number | null): string[] =>
  hu === null ? [] : [`  contrast between the lungs, where heart and pulmonary trunk lie: ${hu} HU`];

const hintOf = (hint: string | undefined): string[] => (hint === undefined ? [] : [`  ${hint}`]);
