/**
 * Two CTs of one patient that move together: whichever the reader moves leads, and the other shows the same place in
 * patient millimetres. Nobody lies twice on a table alike, so the reader may hold the link, move each to the same place
 * in the patient, and link them again so far apart.
 *
 *     const link = linkViews(current, prior);
 *     link.toggle();      // held: each moves alone
 *     link.toggle();      // what both show now is one place
 *     link.close();
 */
import * as core from "@cornerstonejs/core";
import { patientPoint, type Triple } from "../../../src/volume/index.ts";
import { planes, type Viewer } from "./viewer.ts";

export interface LinkedViews {
  /** Holds the link; and links again, by what both show then. */
  readonly toggle: () => void;
  readonly isHeld: () => boolean;
  readonly close: () => void;
}

export function linkViews(current: Viewer, prior: Viewer): LinkedViews {
  const listeners = new AbortController();
  let leader = current;
  let offset: Triple = [0, 0, 0];
  let pending = 0;
  let isHeld = false;

  const follow = () => {
    if (isHeld) return;
    const [here, there] = leader === current ? [current, prior] : [prior, current];
    const sign = leader === current ? 1 : -1;
    const [x, y, z] = here.position();
    there.goTo(patientPoint(x + sign * offset[0], y + sign * offset[1], z + sign * offset[2]));
    const { level, width } = here.window();
    const shown = there.window();
    if (shown.level !== level || shown.width !== width) there.showWindow({ level, width });
  };
  for (const viewer of [current, prior]) {
    // Cornerstone tells of every step of a drag: the other follows once a frame.
    const moved = () => {
      if (viewer !== leader) return;
      cancelAnimationFrame(pending);
      pending = requestAnimationFrame(follow);
    };
    const { signal } = listeners;
    for (const plane of planes) {
      const { element } = viewer.viewportOf(plane);
      element.addEventListener(core.Enums.Events.CAMERA_MODIFIED, moved, { signal });
      element.addEventListener(core.Enums.Events.VOI_MODIFIED, moved, { signal });
      const lead = () => {
        leader = viewer;
      };
      element.addEventListener("pointerdown", lead, { signal, capture: true });
      element.addEventListener("wheel", lead, { signal, capture: true, passive: true });
    }
  }
  // Keys and panels go to the current study.
  addEventListener(
    "keydown",
    () => {
      leader = current;
    },
    { signal: listeners.signal, capture: true },
  );
  follow();
  return {
    toggle: () => {
      isHeld = !isHeld;
      if (isHeld) return;
      const [a, b] = [current.position(), prior.position()];
      offset = [b[0] - a[0], b[1] - a[1], b[2] - a[2]];
    },
    isHeld: () => isHeld,
    close: () => {
      cancelAnimationFrame(pending);
      listeners.abort();
    },
  };
}
