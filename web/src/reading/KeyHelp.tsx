/** What the mouse and the keys do. */
import { useEffect, useRef } from "preact/hooks";
import { brushes } from "../viewer/painting.ts";
import { pointerTools } from "../viewer/viewer.ts";
import { windowPresets } from "../viewer/windows.ts";

export function KeyHelp({ painting, onClose }: { readonly painting: boolean; readonly onClose: () => void }) {
  const rows: [string, string][] = [
    ["wheel, ↑ ↓", "scroll the plane last pointed at or reached by Tab; Page Up and Page Down by ten slices"],
    ["left button", "the tool chosen above"],
    ["middle button", "pan"],
    ["right button", "zoom"],
    ...Object.values(pointerTools).map(({ key, label }): [string, string] => [key.toUpperCase(), label]),
    ...(painting ? Object.values(brushes).map(({ key, label }): [string, string] => [key.toUpperCase(), label]) : []),
    ...(painting ? ([["Ctrl Z, Ctrl Y", "undo, redo a stroke"]] as [string, string][]) : []),
    ...windowPresets.map(({ key, name, level, width }): [string, string] => [
      key,
      `${name} window (level ${level}, width ${width} HU)`,
    ]),
    ["N, ⇧ N", "next, previous finding"],
    ["A", "attention on or off"],
    ["space", "cine"],
    ["R", "reset the view"],
  ];
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} class="key-help" aria-label="Keys and mouse" onClose={onClose}>
      <h2>Keys and mouse</h2>
      <dl>
        {rows.map(([key, meaning]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
      <button type="button" onClick={onClose}>
        Close
      </button>
    </dialog>
  );
}
