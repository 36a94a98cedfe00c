/**
 * `embolens inspect <path…>`: which series are in a folder, what can be judged and why not, and which one would be.
 */
import type { Command } from "commander";
import type { ErrorCode, Warning } from "../errors.ts";
import { type ExaminedSeries, type ReadStudy, readStudy, transferSyntaxName } from "../volume/index.ts";
import { nodeDecoder, openPaths } from "../volume/node/index.ts";
import { abortOnInterrupt, example, jsonOption, print, progressBar, type StandardOptions } from "./terminal.ts";

/** What `--json` prints. */
export interface InspectResult {
  readonly series: readonly {
    /** The file's name where its format has no identifiers. */
    readonly seriesInstanceUID: string;
    readonly modality: string;
    readonly accepted: boolean;
    /** Why it was refused; what was mended or tolerated when it was accepted. */
    readonly reasons: readonly { readonly code: ErrorCode; readonly message: string }[];
    readonly slices: number;
    readonly rows: number;
    readonly columns: number;
    /** x, y, z: between columns, rows, slices. */
    readonly spacingMillimetres: readonly [number, number, number] | null;
    readonly orientation: string | null;
    /** The DICOM identifier. */
    readonly transferSyntax: string | null;
    readonly huRange: readonly [number, number] | null;
    /** Patient z of base and apex. */
    readonly lungRangeMillimetres: readonly [number, number] | null;
    /** Whether this is the series that would be judged. */
    readonly chosen: boolean;
  }[];
  readonly skipped: readonly { readonly file: string; readonly code: ErrorCode; readonly message: string }[];
}

export function define(command: Command): void {
  jsonOption(command)
    .argument("<path...>", "folders, DICOM files, zip archives, NIfTI (.nii, .nii.gz), NRRD, MetaImage (.mha)")
    .action(async (paths: string[], options: StandardOptions) => {
      const study = await inspect(paths);
      print(options, inspectResult(study), () => describeStudy(study));
    });
  example(command, "embolens inspect ./study", "embolens inspect scan.nii.gz --json");
}

async function inspect(paths: readonly string[]): Promise<ReadStudy> {
  const decoder = nodeDecoder();
  try {
    const sources = await openPaths(paths);
    return await readStudy(sources, { decoder, onProgress: progressBar(), signal: abortOnInterrupt() });
  } finally {
    await decoder.close();
  }
}

export function inspectResult(study: ReadStudy): InspectResult {
  return {
    series: study.series.map(({ series, huRange, lungs, warnings }) => ({
      seriesInstanceUID: series.seriesInstanceUid || series.files[0] || "",
      modality: series.modality,
      accepted: series.accepted,
      reasons: [...series.reasons, ...warnings].map(({ code, message }) => ({ code, message })),
      slices: series.slices,
      rows: series.rows,
      columns: series.columns,
      spacingMillimetres: series.spacing ?? null,
      orientation: series.orientation ?? null,
      transferSyntax: series.transferSyntax ?? null,
      huRange: huRange ?? null,
      lungRangeMillimetres: lungs?.rangeMillimetres ?? null,
      chosen: study.chosen?.examined.series === series,
    })),
    skipped: study.skipped.map(({ file, code, message }) => ({ file, code, message })),
  };
}

const count = (number: number, what: string): string =>
  `${number} ${what}${number === 1 || what === "series" ? "" : "s"}`;
const short = (value: number): string => String(Number(value.toFixed(3)));
const range = ([low, high]: readonly [number, number]): string => `${Math.round(low)} to ${Math.round(high)}`;

/** The table for people: a line a series, the reasons below it, the one to be judged marked. */
export function describeStudy(study: ReadStudy): string {
  const { series, chosen, skipped } = study;
  const heading = ["", "series", "slices", "matrix", "spacing mm", "plane", "HU", "lungs at z mm"];
  const rows = series.map((examined) => seriesRow(examined, examined.series === chosen?.examined.series));
  const widths = heading.map((title, column) =>
    Math.max(...[heading, ...rows].map((row) => (row[column] ?? title).length)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join("  ")
      .trimEnd();
  const accepted = series.filter((examined) => examined.series.accepted).length;
  const blocks = [
    `${count(series.length, "series")}, ${accepted} readable${chosen ? "; * marks the one to be judged" : "; none can be judged"}`,
  ];
  if (series.length > 0) {
    blocks.push(
      [line(heading), ...series.flatMap((examined, at) => [line(rows[at]!), ...remarks(examined)])].join("\n"),
    );
  }
  if (skipped.length > 0) {
    const shown = skipped.slice(0, mostSkippedShown).map(({ code, message }) => `  ${message} [${code}]`);
    const more = skipped.length > shown.length ? [`  and ${skipped.length - shown.length} more`] : [];
    blocks.push([`${count(skipped.length, "file")} left out`, ...shown, ...more].join("\n"));
  }
  return blocks.join("\n\n");
}

const mostSkippedShown = 20;

function seriesRow({ series, huRange, lungs }: ExaminedSeries, isChosen: boolean): string[] {
  return [
    isChosen ? "*" : " ",
    series.description || series.seriesInstanceUid || "(unnamed)",
    String(series.slices),
    `${series.columns} x ${series.rows}`,
    series.spacing?.map(short).join(" x ") ?? "-",
    series.orientation ?? "-",
    huRange ? range(huRange) : "-",
    lungs ? range(lungs.rangeMillimetres) : "-",
  ];
}

function remarks({ series, warnings }: ExaminedSeries): string[] {
  const about = [
    series.modality,
    series.transferSyntax === undefined ? "" : transferSyntaxName(series.transferSyntax),
    series.kernel === undefined ? "" : `kernel ${series.kernel}`,
    series.contrastAgent === undefined ? "" : `contrast ${series.contrastAgent}`,
  ];
  const said = (finding: Warning): string =>
    `     ${series.accepted ? "note" : "refused"}: ${finding.message} [${finding.code}]`;
  return [`     ${about.filter((part) => part !== "").join(", ")}`, ...[...series.reasons, ...warnings].map(said)];
}
