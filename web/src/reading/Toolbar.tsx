/** The tools under the left mouse button, the window presets, cine and findings: every key has its button. */
import type { ComponentChildren } from "preact";
import { type Brush, brushes } from "../viewer/painting.ts";
import { type PointerTool, pointerTools, type Viewer } from "../viewer/viewer.ts";
import { windowPresets } from "../viewer/windows.ts";

export type ToolName = PointerTool | Brush;

interface ToolbarProps {
  readonly viewer: Viewer | undefined;
  readonly tool: ToolName;
  /** Brushes wait until the mask they paint on has arrived. */
  readonly painting: "none" | "waiting" | "offered";
  readonly playing: boolean;
  readonly onTool: (tool: ToolName) => void;
  readonly onCine: () => void;
  readonly onNextFinding: () => void;
  readonly onHelp: () => void;
  readonly children?: ComponentChildren;
}

export function Toolbar(props: ToolbarProps) {
  const { viewer, tool, painting, playing, onTool, onCine, onNextFinding, onHelp, children } = props;
  const offered = { ...pointerTools, ...(painting === "none" ? {} : brushes) };
  return (
    <div class="toolbar" role="toolbar" aria-label="Reading tools">
      <div class="segments" role="group" aria-label="Left mouse button">
        {Object.entries(offered).map(([name, { label, key }]) => (
          <button
            type="button"
            key={name}
            aria-pressed={name === tool}
            disabled={!viewer || (name in brushes && painting === "waiting")}
            title={name in brushes && painting === "waiting" ? "waits for the annotation kept before" : undefined}
            onClick={() => onTool(name as ToolName)}
          >
            {label} <kbd>{key.toUpperCase()}</kbd>
          </button>
        ))}
      </div>
      <div class="segments" role="group" aria-label="Window">
        {windowPresets.map((preset) => (
          <button
            type="button"
            key={preset.name}
            disabled={!viewer}
            title={`level ${preset.level}, width ${preset.width} HU`}
            onClick={() => viewer?.showWindow(preset)}
          >
            {preset.name} <kbd>{preset.key}</kbd>
          </button>
        ))}
      </div>
      <div class="segments" role="group" aria-label="Going through">
        <button type="button" disabled={!viewer} onClick={onNextFinding}>
          Next finding <kbd>N</kbd>
        </button>
        <button type="button" disabled={!viewer} aria-pressed={playing} onClick={onCine}>
          Cine <kbd>␣</kbd>
        </button>
        <button type="button" disabled={!viewer} onClick={() => viewer?.resetView()}>
          Reset <kbd>R</kbd>
        </button>
        <button type="button" onClick={onHelp} aria-label="Keys and mouse">
          ?
        </button>
      </div>
      {children}
    </div>
  );
}
