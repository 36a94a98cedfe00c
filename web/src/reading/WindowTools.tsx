/** Windows beside the presets: the reader's own, remembered by the browser, and black for white. */
import { useEffect, useState } from "preact/hooks";
import { z } from "zod";
import { planes, type Viewer } from "../viewer/viewer.ts";
import { useKeys } from "./keys.ts";

const place = "embolens.window";
const windowSchema = z.object({ level: z.number(), width: z.number().min(1) });

export function WindowTools({ viewer }: { readonly viewer: Viewer }) {
  const [own, setOwn] = useState(rememberedWindow);
  const [isInverted, setInverted] = useState(false);
  useEffect(() => {
    for (const plane of planes) {
      viewer.viewportOf(plane).setProperties({ invert: isInverted }, viewer.volumeId);
      viewer.viewportOf(plane).render();
    }
  }, [viewer, isInverted]);
  const invert = () => setInverted((before) => !before);
  const show = () => own && viewer.showWindow(own);
  const remember = () => {
    const { level, width } = viewer.window();
    const window = { level: Math.round(level), width: Math.max(1, Math.round(width)) };
    localStorage.setItem(place, JSON.stringify(window));
    setOwn(window);
  };
  useKeys({ i: invert, "0": show });
  return (
    <div class="segments" role="group" aria-label="Own window">
      {own && (
        <button type="button" title={`level ${own.level}, width ${own.width} HU`} onClick={show}>
          Own {own.level}/{own.width} <kbd>0</kbd>
        </button>
      )}
      <button type="button" title="Remembers the window that is shown as your own, on this computer" onClick={remember}>
        Keep window
      </button>
      <button type="button" aria-pressed={isInverted} onClick={invert}>
        Invert <kbd>I</kbd>
      </button>
    </div>
  );
}

function rememberedWindow() {
  const kept = localStorage.getItem(place);
  if (kept === null) return undefined;
  try {
    return windowSchema.safeParse(JSON.parse(kept)).data;
  } catch {
    return undefined;
  }
}
