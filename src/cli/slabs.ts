/** `embolens slabs <path…> --out FILE.nii.gz`: writes what the network will see. */
import { type Command, Option } from "commander";
import { networkStack, openChestCt } from "../diagnosis/index.ts";
import { UsageError, type Warning } from "../errors.ts";
import {
  type ModelDescription,
  type ModelKind,
  type PresetName,
  presetDescription,
  presetNames,
} from "../model/index.ts";
import { readModelFile } from "../model/node/index.ts";
import { writeNifti } from "../results/index.ts";
import { scanSlabCount } from "../volume/index.ts";
import { nodeDecoder, openPaths } from "../volume/node/index.ts";
import { abortOnInterrupt, example, jsonOption, print, progressBar, type StandardOptions } from "./terminal.ts";

interface SlabsOptions extends StandardOptions {
  readonly out: string;
  readonly preset?: PresetName;
  readonly model?: string;
}

interface SlabsResult {
  readonly seriesInstanceUID: string;
  readonly file: string;
  readonly kind: ModelKind;
  readonly preset: ModelDescription["preset"];
  /** Of a scan; null for networks that take single slabs or windows. */
  readonly slabs: number | null;
  readonly slabSlices: number;
  readonly scanStride: number;
  readonly size: readonly number[];
  readonly spacingMillimetres: readonly number[];
  readonly lungRangeMillimetres: readonly [number, number];
  readonly warnings: readonly Warning[];
}

export function define(command: Command): void {
  jsonOption(command)
    .argument("<path...>", "folder, files or archive of one study: DICOM, NIfTI, NRRD, MetaImage")
    .requiredOption("--out <file>", "the volume to write, .nii or .nii.gz: grey levels 0 to 255")
    .addOption(new Option("--preset <name>", "whose crop, spacing and window (default: paper)").choices(presetNames))
    .option("--model <file>", "what this very model sees, in place of a preset's stage II")
    .addHelpText(
      "after",
      "\nThe file holds each slice once, from the feet to the head, in the CT's own patient coordinates.\n" +
        "Slab k is made of slices k x stride to k x stride + slices; both numbers are printed.",
    )
    .action(async (paths: string[], options: SlabsOptions) => {
      print(options, await slabs(paths, options), describe);
    });
  example(
    command,
    "embolens slabs study/ --out slabs.nii.gz",
    "embolens slabs study/ --model model.safetensors --out seen-by-model.nii.gz",
  );
}

async function slabs(paths: readonly string[], { out, preset, model: file }: SlabsOptions): Promise<SlabsResult> {
  if (!/\.nii(\.gz)?$/.test(out)) {
    throw new UsageError("option-invalid", `--out ${out}: the name must end in .nii or .nii.gz`);
  }
  if (preset !== undefined && file !== undefined) {
    throw new UsageError("option-conflict", "--model says what is seen; --preset would say it again");
  }
  const model =
    file === undefined ? presetDescription("two-stage", preset ?? "paper", "preset") : await readModelFile(file);
  const onProgress = progressBar();
  const signal = abortOnInterrupt();
  const decoder = nodeDecoder();
  try {
    const chest = await openChestCt(await openPaths(paths), { decoder, onProgress, signal });
    const { series, volume, lungs } = chest;
    const stack = networkStack(model, chest, { onProgress, signal });
    const { slabSlices, scanStride } = model.preprocessing;
    await writeNifti(out, { ...stack, description: `embolens slabs, ${model.kind} ${model.preset}; research use` });
    return {
      seriesInstanceUID: series.seriesInstanceUid,
      file: out,
      kind: model.kind,
      preset: model.preset,
      slabs: model.kind === "two-stage" || model.kind === "cnn3d" ? scanSlabCount(model.preprocessing) : null,
      slabSlices,
      scanStride,
      size: stack.geometry.size,
      spacingMillimetres: stack.geometry.spacing,
      lungRangeMillimetres: lungs.rangeMillimetres,
      warnings: [...volume.warnings, ...lungs.warnings],
    };
  } finally {
    await decoder.close();
  }
}

function describe(result: SlabsResult): string {
  const [lower, upper] = result.lungRangeMillimetres;
  const layout =
    result.slabs === null
      ? `${result.size[2]} slices`
      : `${result.slabs} slabs of ${result.slabSlices} slices, a slab every ${result.scanStride} slices`;
  return [
    `what a ${result.kind} model sees: ${layout}, ${result.size.slice(0, 2).join(" x ")} pixels of ${result.spacingMillimetres[0]!.toFixed(3)} mm`,
    `slices ${result.spacingMillimetres[2]!.toFixed(2)} mm apart over lungs from z = ${lower.toFixed(1)} to ${upper.toFixed(1)} mm`,
    ...result.warnings.map(({ message }) => `warning: ${message}`),
    `written to ${result.file}`,
  ].join("\n");
}
