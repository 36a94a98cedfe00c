/** The mask of a reading, for all who need it: loaded once, and closed to the brushes until then. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { AnnotationBase, LoadedAnnotation } from "../api.ts";
import type { Viewer } from "../viewer/viewer.ts";
import type { KeptStudy } from "./subject.ts";

export type MaskState = { readonly name: "loading" | "ready" } | { readonly name: "failed"; readonly message: string };

export interface ReadingMask {
  readonly state: MaskState;
  /** The slices that were annotated when the mask was opened. */
  readonly openedWith: readonly number[];
  /** The kept annotation that the painting goes back to; undefined where nobody had annotated. */
  readonly base: { current: AnnotationBase | undefined };
  /** Opens the mask to the brushes. @returns whether it is open */
  readonly open: () => Promise<boolean>;
  /** Loads again after a failure. */
  readonly retry: () => void;
}

const none: readonly number[] = [];

/** Whether an annotation was painted on the series that is shown; the oldest don't say, and are believed to be. */
export const isOn = ({ seriesInstanceUID: painted }: LoadedAnnotation, { seriesInstanceUID }: KeptStudy): boolean =>
  (painted ?? seriesInstanceUID) === seriesInstanceUID;

export function useMask(viewer: Viewer | undefined, kept: KeptStudy | null): ReadingMask {
  const annotated = kept !== null && kept.study.annotatedSlices.length > 0;
  // The mask of a study that nobody annotated takes its memory with the first brush; there is nothing to wait for.
  const [state, setState] = useState<MaskState>({ name: annotated ? "loading" : "ready" });
  const [openedWith, setOpenedWith] = useState(none);
  const base = useRef<AnnotationBase | undefined>(undefined);
  const slices = useRef(none);

  const open = async () => {
    if (!viewer || !kept) return false;
    try {
      await viewer.painting.open(async () => {
        // Asked anew: somebody may have annotated the study since it was opened.
        const found = await kept.annotation();
        if (found && !isOn(found, kept)) throw new Error("it was painted on another series than is shown");
        base.current = found;
        slices.current = found?.slices ?? none;
        return found?.voxels;
      });
      setOpenedWith(slices.current);
      setState({ name: "ready" });
      return true;
    } catch (error) {
      setState({ name: "failed", message: error instanceof Error ? error.message : String(error) });
      return false;
    }
  };
  useEffect(() => {
    if (viewer && annotated) void open();
  }, [viewer]);
  const retry = () => {
    setState({ name: "loading" });
    void open();
  };
  return { state, openedWith, base, open, retry };
}
