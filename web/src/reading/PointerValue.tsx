/** HU and place under the pointer, as the plane shows them: of the voxel, or of the thin slab. */
import { useEffect, useState } from "preact/hooks";
import type { Triple } from "../../../src/volume/index.ts";
import { type ThinSlab, valueInSlab } from "../viewer/thin-slab.ts";
import { planes, type Viewer } from "../viewer/viewer.ts";

interface Pointed {
  readonly point: Triple;
  readonly normal: Triple;
}

export function PointerValue({ viewer, slab }: { readonly viewer: Viewer; readonly slab: ThinSlab }) {
  const [pointed, setPointed] = useState<Pointed | undefined>();
  useEffect(() => {
    const listeners = new AbortController();
    const { signal } = listeners;
    for (const plane of planes) {
      const viewport = viewer.viewportOf(plane);
      const { element } = viewport;
      const move = ({ clientX, clientY }: PointerEvent) => {
        const { left, top } = element.getBoundingClientRect();
        const [x, y, z] = viewport.canvasToWorld([clientX - left, clientY - top]);
        const [across, down, along] = viewport.getCamera().viewPlaneNormal ?? [0, 0, 1];
        setPointed({ point: [x, y, z], normal: [across, down, along] });
      };
      element.addEventListener("pointermove", move, { signal });
      element.addEventListener("pointerleave", () => setPointed(undefined), { signal });
    }
    return () => listeners.abort();
  }, [viewer]);
  if (!pointed) return null;
  const value = valueInSlab(viewer.volume, pointed.point, pointed.normal, slab);
  return (
    <output class="pointer-value" aria-label="HU under the pointer">
      {value === undefined ? "outside the CT" : `${Math.round(value)} HU`} ·{" "}
      {pointed.point.map((coordinate) => coordinate.toFixed(1)).join(", ")} mm
    </output>
  );
}
