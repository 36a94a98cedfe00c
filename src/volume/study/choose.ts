/**
 * Which of a study's series to judge.
 *
 *     const chosen = chooseSeries(study.series);
 *
 * Among accepted, axial series, in this order of importance: the most lung (series that show as much within 20 mm are
 * equals), contrast named in the header, the thinnest slices (equal within a tenth), a soft kernel, the lower series
 * number. Where the lungs haven't been looked for, the length of the scan stands in for them, as far as lungs reach.
 */
import type { Series } from "./series.ts";

/** Differences in lung below this, in millimetres, are no difference. */
const sameLung = 20;
/** No lungs are longer. */
const longestLung = 350;
const sameThickness = 0.1;

/** How sharply a reconstruction kernel draws edges, as its maker's name for it tells. */
export function kernelSharpness(kernel: string | undefined): "soft" | "sharp" | "unknown" {
  const name = (kernel ?? "").trim().toUpperCase();
  const siemens = /^[A-Z]{1,2}(\d{2})[A-Z]?(\\.*)?$/.exec(name);
  if (siemens && /^[ABDHIQTU]/.test(name)) return Number(siemens[1]) >= 50 ? "sharp" : "soft";
  const toshiba = /^FC(\d{2})/.exec(name);
  if (toshiba) return Number(toshiba[1]) >= 30 ? "sharp" : "soft";
  if (/\b(SOFT|STANDARD|STND|STD|SMOOTH)\b/.test(name) || /^[AB]$/.test(name)) return "soft";
  if (/\b(LUNG|BONE|BONEPLUS|DETAIL|EDGE|SHARP|CHEST)\b/.test(name) || /^(C|D|E|L|YA|YB|YC|YD)$/.test(name))
    return "sharp";
  return "unknown";
}

const softness = (series: Series): number => ["sharp", "unknown", "soft"].indexOf(kernelSharpness(series.kernel));

const scanLength = ({ slices, spacing }: Series): number => Math.min(longestLung, slices * (spacing?.[2] ?? 0));

const thickness = ({ sliceThickness, spacing }: Series): number =>
  Math.max(sliceThickness ?? 0, spacing?.[2] ?? 0) || Number.POSITIVE_INFINITY;

/**
 * @param lungLength millimetres of lung a series shows from base to apex, where known
 * @returns the series to judge, or undefined when none can be
 */
export function chooseSeries(
  series: readonly Series[],
  lungLength: (series: Series) => number | undefined = () => undefined,
): Series | undefined {
  let candidates = series.filter(({ accepted, orientation }) => accepted && orientation === "axial");
  const keep = (best: (series: Series) => number, within: (most: number) => number): void => {
    const most = Math.max(...candidates.map(best));
    candidates = candidates.filter((candidate) => best(candidate) >= most - within(most));
  };
  const lung = (candidate: Series) => lungLength(candidate) ?? scanLength(candidate);
  keep(lung, () => sameLung);
  keep(
    ({ contrastAgent }) => (contrastAgent === undefined ? 0 : 1),
    () => 0,
  );
  keep(
    (candidate) => -thickness(candidate),
    (most) => Math.abs(most) * sameThickness,
  );
  keep(softness, () => 0);
  const order = (a: Series, b: Series): number =>
    (a.seriesNumber ?? Number.POSITIVE_INFINITY) - (b.seriesNumber ?? Number.POSITIVE_INFINITY) ||
    b.slices - a.slices ||
    (a.seriesInstanceUid < b.seriesInstanceUid ? -1 : 1);
  return [...candidates].sort(order)[0];
}
