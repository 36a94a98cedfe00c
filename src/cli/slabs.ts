/** `embolens slabs <path…> --out FILE.nii.gz`: writes what the network will see. */
import { type Command, Option } from "commander";
import { openChestCt } from "../diagnosis/index.ts";
import { UsageError, type Warning } from "../errors.ts";
import { type PresetName, presetNames, twoStagePresets } from "../model/presets.ts";
import { writeNifti } from "../results/index.ts";
import { scanSlabCount, scanStack } from "../volume/index.ts";
import { nodeDecoder, openPaths } from "../volume/node/index.ts";
import { abortOnInterrupt, example, jsonOption, print, progressBar, type StandardOptions } from "./terminal.ts";

interface SlabsOptions extends StandardOptions {
  readonly out: string;
  readonly preset: PresetName;
}

interface SlabsResult {
  readonly seriesInstanceUID: string;
  readonly file: string;
  readonly preset: PresetName;
  readonly slabs: number;
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
    .addOption(new Option("--preset <name>", "whose crop, spacing and window").choices(presetNames).default("paper"))
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
    "embolens slabs study/ --preset small --out slabs.nii.gz",
  );
}

async function slabs(paths: readonly string[], { out, preset }: SlabsOptions): Promise<SlabsResult> {
  if (!/\.nii(\.gz)?$/.test(out)) {
    throw new UsageError("option-invalid", `--out ${out}: the name must end in .nii or .nii.gz`);
  }
  const onProgress = progressBar();
  const signal = abortOnInterrupt();
  const decoder = nodeDecoder();
  try {
    const { series, volume, lungs } = await openChestCt(await openPaths(paths), { decoder, onProgress, signal });
    const settings = twoStagePresets[preset].preprocessing;
    const stack = scanStack(volume, lungs.range, settings, { onProgress, signal });
    const { slabSlices, scanStride } = settings;
    await writeNifti(out, { ...stack, description: `embolens slabs, preset ${preset}; research use` });
    return {
      seriesInstanceUID: series.seriesInstanceUid,
      file: out,
      preset,
      slabs: scanSlabCount(settings),
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
  return [
    `${result.slabs} slabs of ${result.slabSlices} slices, a slab every ${result.scanStride} slices, ${result.size.slice(0, 2).join(" x ")} pixels of ${result.spacingMillimetres[0]!.toFixed(3)} mm`,
    `slices ${result.spacingMillimetres[2]!.toFixed(2)} mm apart over lungs from z = ${lower.toFixed(1)} to ${upper.toFixed(1)} mm`,
    ...result.warnings.map(({ message }) => `warning: ${message}`),
    `written to ${result.file}`,
  ].join("\n");
}
