/**
 * One reader's annotation of one study, from the first stroke to its saving: which slices were looked at, what is not
 * saved yet, and what another reader saved in between. Nothing that is painted goes away unless its reader says so.
 * A slice was looked at when it holds painting or was marked so: one whose only stroke was undone was not, since an
 * empty slice that counts as looked at says that there is no embolus on it.
 */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { LoadedAnnotation } from "../api.ts";
import { isConflict } from "../api-error.ts";
import { useUnsaved } from "../unsaved.ts";
import { paintedSlices } from "../viewer/painting.ts";
import type { Viewer } from "../viewer/viewer.ts";
import { isOn, type ReadingMask } from "./mask.ts";
import type { KeptStudy } from "./subject.ts";

export type Saving =
  | { readonly state: "saved" | "changed" | "saving" }
  | { readonly state: "failed"; readonly message: string };

/** What another reader saved since this one's painting began; undefined where the annotation it began from is gone. */
export interface Between {
  readonly other: LoadedAnnotation | undefined;
  /** Whether it lies on the CT that is shown. */
  readonly fits: boolean;
}

export interface ReaderAnnotation {
  readonly looked: ReadonlySet<number>;
  readonly saving: Saving;
  readonly between: Between | undefined;
  /** Marks a slice as looked at, or no longer. */
  readonly toggle: (slice: number) => void;
  readonly save: (reader: string) => Promise<void>;
  /** Who saved, in another place, an annotation that is not on this screen yet. */
  readonly news: KeptStudy["heard"]["annotated"];
  /** Goes on from it where nothing is lost by that, and else asks what is to become of both. */
  readonly look: () => Promise<void>;
  /** Saves in place of what came in between. */
  readonly saveOver: (reader: string) => Promise<void>;
  /** Puts both on the screen as one, to be looked over and saved. */
  readonly join: () => Promise<void>;
  /** Drops what was painted here and goes on from the other's. */
  readonly takeOther: () => Promise<void>;
}

export function useAnnotation(viewer: Viewer, mask: ReadingMask, kept: KeptStudy): ReaderAnnotation {
  const [marked, setMarked] = useState<ReadonlySet<number>>(new Set());
  const [painted, setPainted] = useState<ReadonlySet<number>>(new Set());
  const looked = useMemo(() => new Set([...marked, ...painted]), [marked, painted]);
  const [latest, setSaving] = useState<Saving>({ state: "saved" });
  const [between, setBetween] = useState<Between | undefined>();
  const changes = useRef(0);
  const { painting } = viewer;
  // With everything undone where nobody had annotated there is nothing to keep.
  const isNothing = looked.size === 0 && mask.base.current === undefined && latest.state === "changed";
  const saving: Saving = isNothing ? { state: "saved" } : latest;

  const changed = () => {
    changes.current += 1;
    setSaving({ state: "changed" });
  };
  useEffect(
    () =>
      painting.onChange((slices) => {
        changed();
        setPainted((before) => {
          const others = [...before].filter((slice) => !slices.includes(slice));
          return new Set([...others, ...slices.filter((slice) => painting.isPainted(slice))]);
        });
      }),
    [painting],
  );
  useEffect(() => {
    setMarked((before) => new Set([...before, ...mask.openedWith]));
    setPainted(new Set(painting.paintedSlices()));
  }, [painting, mask.openedWith]);
  useUnsaved(saving.state !== "saved");

  const failed = (error: unknown) =>
    setSaving({ state: "failed", message: error instanceof Error ? error.message : String(error) });

  const saveFrom = async (base: string | undefined, reader: string) => {
    const drawn = painting.mask();
    if (!drawn) return;
    const slices = new Set([...marked, ...paintedSlices(drawn)]);
    const saved = changes.current;
    setSaving({ state: "saving" });
    try {
      const annotation = { voxels: drawn.voxels, slices: [...slices].sort((a, b) => a - b), reader };
      mask.base.current = await kept.saveAnnotation(annotation, base);
      setBetween(undefined);
      // What was painted while the server wrote is not in what it wrote.
      setSaving({ state: changes.current === saved ? "saved" : "changed" });
    } catch (error) {
      if (!isConflict(error)) return failed(error);
      await lookWhatCame().catch(failed);
    }
  };
  const fits = (other: LoadedAnnotation) => painting.fits(other.voxels) && isOn(other, kept);
  const lookWhatCame = async () => {
    const other = await kept.annotation();
    setBetween({ other, fits: other !== undefined && fits(other) });
    setSaving({ state: "changed" });
  };
  const look = async () => {
    const before = changes.current;
    // Where nobody had annotated, this takes up what is kept now.
    if (!(await mask.open())) return;
    const other = await kept.annotation();
    if (!other || other.version === mask.base.current?.version) return;
    if (saving.state !== "saved" || changes.current !== before || !fits(other)) return lookWhatCame();
    await goOnFrom(other, other.voxels, new Set(other.slices));
  };

  /** Goes on from the other's annotation with `voxels` on the screen. */
  const goOnFrom = async (other: LoadedAnnotation, voxels: Uint8Array, slices: ReadonlySet<number>) => {
    await painting.replace(voxels);
    mask.base.current = other;
    setMarked(slices);
    setPainted(new Set(painting.paintedSlices()));
    setBetween(undefined);
  };
  const join = async () => {
    const [other, own] = [between?.other, painting.mask()];
    if (!other || !own) return;
    const both = own.voxels.map((voxel, index) => voxel | other.voxels[index]!);
    await goOnFrom(other, both, new Set([...marked, ...other.slices]));
    changed();
  };
  const takeOther = async () => {
    const other = between?.other;
    if (!other) return;
    await goOnFrom(other, other.voxels, new Set(other.slices));
    setSaving({ state: "saved" });
  };

  const heard = kept.heard.annotated;
  const isNews = !between && saving.state !== "saving" && heard !== null && heard.at > (mask.base.current?.at ?? "");

  return {
    looked,
    saving,
    between,
    toggle: (slice) => {
      changed();
      setMarked((before) => toggled(before, slice));
    },
    news: isNews ? heard : null,
    look: () => look().catch(failed),
    save: (reader) => saveFrom(mask.base.current?.version, reader),
    saveOver: (reader) => saveFrom(between?.other?.version, reader),
    join: () => join().catch(failed),
    takeOther: () => takeOther().catch(failed),
  };
}

function toggled(set: ReadonlySet<number>, item: number): ReadonlySet<number> {
  const copy = new Set(set);
  if (!copy.delete(item)) copy.add(item);
  return copy;
}
