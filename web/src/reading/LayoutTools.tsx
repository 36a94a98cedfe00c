/** Which planes are shown: all, or one alone over the whole place; and the way to the scan's ends. */
import { useEffect, useState } from "preact/hooks";
import { toPatient, toVoxel, voxelPoint } from "../../../src/volume/index.ts";
import { type Plane, planes, type Viewer } from "../viewer/viewer.ts";
import { useKeys } from "./keys.ts";

export function LayoutTools({ viewer }: { readonly viewer: Viewer }) {
  const [alone, setAlone] = useState<Plane | undefined>();
  useEffect(() => {
    const grid = viewer.viewportOf("axial").element.closest<HTMLElement>(".planes");
    if (!grid) return;
    if (alone) grid.setAttribute("data-alone", alone);
    else grid.removeAttribute("data-alone");
  }, [viewer, alone]);
  useEffect(() => {
    const listeners = new AbortController();
    for (const plane of planes) {
      viewer
        .viewportOf(plane)
        .element.addEventListener("dblclick", () => setAlone((before) => (before ? undefined : plane)), listeners);
    }
    return () => listeners.abort();
  }, [viewer]);
  const goToEnd = (end: "head" | "feet") => {
    const { geometry } = viewer.volume;
    const [x, y] = toVoxel(geometry, viewer.position());
    const ends = [0, geometry.size[2] - 1].map((slice) => toPatient(geometry, voxelPoint(x, y, slice)));
    const [low, high] = ends[0]![2] < ends[1]![2] ? ends : [ends[1], ends[0]];
    viewer.goTo(end === "head" ? high! : low!);
  };
  useKeys({
    Home: () => goToEnd("head"),
    End: () => goToEnd("feet"),
    x: () => setAlone((before) => (before ? undefined : "axial")),
  });
  return (
    <label>
      Layout
      <select
        aria-label="Layout"
        value={alone ?? ""}
        onChange={(event) => setAlone(planes.find((plane) => plane === event.currentTarget.value))}
      >
        <option value="">three planes</option>
        {planes.map((plane) => (
          <option key={plane} value={plane}>
            {plane} alone
          </option>
        ))}
      </select>
      <kbd>X</kbd>
    </label>
  );
}
