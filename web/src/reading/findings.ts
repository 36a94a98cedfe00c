/**
 * Runs of slabs that the network holds for positive, and where the next annotation teaches it most.
 */
import type { StripSlab } from "./ProbabilityStrip.tsx";

export interface Finding {
  /** The slab of the run with the highest probability. */
  readonly peak: StripSlab;
  readonly slabs: readonly StripSlab[];
}

/** Neighbouring slabs at or above one half are one finding; most probable first. */
export function findings(slabs: readonly StripSlab[]): Finding[] {
  const runs: StripSlab[][] = [];
  for (const slab of slabs) {
    if (slab.probability < 0.5) continue;
    const last = runs.at(-1);
    if (last && slab.index === last.at(-1)!.index + 1) last.push(slab);
    else runs.push([slab]);
  }
  return runs
    .map((run) => ({
      slabs: run,
      peak: run.reduce((best, slab) => (slab.probability > best.probability ? slab : best)),
    }))
    .sort((a, b) => b.peak.probability - a.peak.probability);
}

/** What of a diagnosis is decided on; nothing where it is indeterminate, whatever the network made of the slabs. */
export function findingsOf(
  diagnosis: { readonly decision: string; readonly slabs: readonly StripSlab[] } | null,
): Finding[] {
  return diagnosis === null || diagnosis.decision === "indeterminate" ? [] : findings(diagnosis.slabs);
}

const guideMillimetres = 10;

/**
 * The slice to annotate next: the nearest one towards the feet that is 10 mm from the one that is shown and from every
 * annotated one (the paper's annotations lie about 10 mm apart).
 * @returns undefined when the scan ends first
 */
export function nextGuideSlice(
  current: number,
  annotated: ReadonlySet<number>,
  sliceSpacing: number,
  slices: number,
  towardsFeet: 1 | -1,
): number | undefined {
  const apart = Math.max(1, Math.round(guideMillimetres / sliceSpacing));
  for (let slice = current + apart * towardsFeet; slice >= 0 && slice < slices; slice += towardsFeet) {
    if ([...annotated].every((other) => Math.abs(other - slice) >= apart)) return slice;
  }
  return undefined;
}

/** The slab whose probability is nearest to one half and whose slice nobody annotated. */
export function mostDoubtful(
  slabs: readonly StripSlab[],
  isAnnotated: (slab: StripSlab) => boolean,
): StripSlab | undefined {
  return slabs
    .filter((slab) => !isAnnotated(slab))
    .sort((a, b) => Math.abs(a.probability - 0.5) - Math.abs(b.probability - 0.5))[0];
}
