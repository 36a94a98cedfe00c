/**
 * Which of a study's series to judge.
 *
 *     const chosen = chooseSeries(study.series);
 *
 * Among accepted, axial series, in this order of importance: contrast measured in the great vessels, among those that show
 * most of the chest (the image outweighs the tag: an unenhanced series often carries the agent of its examination, and an
 * angiogram often doesn't); the most lung (series that show as much within 20 mm are equals), contrast named in the header,
 * the thinnest slices (equal within a tenth), a soft kernel, the lower series number. Where the lungs haven't been looked for, the length of the scan stands in for them, as far as lungs reach.
 */
import type { Lungs } from "../lungs/find.ts";
import type { Series } from "./series.ts";

/** Differences in lung below this, in millimetres, are no difference. */
const sameLung = 20;
/** A series that shows less of the longest lung than this is a part of a chest, be it enhanced: a bolus being watched. */
const mostOfTheChest = 0.6;
/** HU in the great vessels of a series fit to be judged, and of one that can be (diagnosis/quality.ts). */
const enhancement = { good: 180, least: 100 } as const;
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
 * @param contrastHu HU measured in the great vessels, where measured; without contrast there none
 * @returns the series to judge, or undefined when none can be
 */
export function chooseSeries(
  series: readonly Series[],
  lungLength: (series: Series) => number | undefined = () => undefined,
  contrastHu: (series: Series) => number | undefined = () => undefined,
): Series | undefined {
  let candidates = series.filter(({ accepted, orientation }) => accepted && orientation === "axial");
  const keep = (best: (series: Series) => number, within: (most: number) => number): void => {
    const most = Math.max(...candidates.map(best));
    candidates = candidates.filter((candidate) => best(candidate) >= most - within(most));
  };
  const lung = (candidate: Series) => lungLength(candidate) ?? scanLength(candidate);
  keep(lung, (most) => (1 - mostOfTheChest) * most);
  keep(
    (candidate) => {
      const hu = contrastHu(candidate) ?? 0;
      return hu >= enhancement.good ? 2 : hu >= enhancement.least ? 1 : 0;
    },
    () => 0,
  );
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

/**
 * The series to judge with what was found in it, by the lungs each shows. Series are looked into one after the other;
 * at most two findings, and so two volumes, are held at a time.
 * @param look into a series; undefined where it shows no lungs
 */
export async function chooseByLungs<Found extends { readonly lungs: Pick<Lungs, "range" | "contrast"> }>(
  series: readonly Series[],
  look: (series: Series) => Promise<Found | undefined>,
): Promise<Found | undefined> {
  const lengths = new Map<Series, number>();
  const contrasts = new Map<Series, number>();
  const choose = () =>
    chooseSeries(
      [...lengths.keys()],
      (candidate) => lengths.get(candidate),
      (candidate) => contrasts.get(candidate),
    );
  let kept: { readonly series: Series; readonly found: Found } | undefined;
  for (const candidate of series) {
    const found = await look(candidate);
    if (!found) continue;
    const { range, contrast } = found.lungs;
    lengths.set(candidate, range.upper - range.lower);
    if (contrast.enhanced && contrast.contrastHu !== null) contrasts.set(candidate, contrast.contrastHu);
    if (choose() === candidate) kept = { series: candidate, found };
  }
  const best = choose();
  // "Equal" within a tolerance is not transitive: a newcomer can bring back one that had been passed over.
  return best === undefined || kept?.series === best ? kept?.found : await look(best);
}
