/** What the mouse and the keys do. */
import { brushes } from "../viewer/painting.ts";
import { pointerTools } from "../viewer/viewer.ts";
import { windowPresets } from "../viewer/windows.ts";

export function KeyHelp({ painting, onClose }: { readonly painting: boolean; readonly onClose: () => void }) {
  const rows: [string, string][] = [
    ["wheel, ↑ ↓", "scroll; Page Up and Page Down by ten slices"],
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
  return (
    <dialog open class="key-help" aria-label="Keys and mouse">
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
