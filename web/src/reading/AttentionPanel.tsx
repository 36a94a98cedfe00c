/** How the attention is laid over the CT: on or off, opacity, threshold, and what its colours mean. */
import { heatPoints } from "../viewer/cornerstone.ts";
import type { Viewer } from "../viewer/viewer.ts";

const gradient = heatPoints.map(([at, r, g, b]) => `rgb(${r * 255} ${g * 255} ${b * 255}) ${at * 100}%`).join(", ");

export function AttentionPanel({ viewer, onChange }: { readonly viewer: Viewer; readonly onChange: () => void }) {
  const style = viewer.attentionStyle()!;
  const restyle = (part: Partial<typeof style>) => {
    viewer.styleAttention({ ...style, ...part });
    onChange();
  };
  return (
    <section class="attention">
      <h2>
        <label>
          <input
            type="checkbox"
            checked={style.shown}
            onChange={(event) => restyle({ shown: event.currentTarget.checked })}
          />{" "}
          Attention <kbd>A</kbd>
        </label>
      </h2>
      <div
        class="colour-bar"
        style={{ background: `linear-gradient(to right, ${gradient})` }}
        role="img"
        aria-label="Colours of attention, from none to most"
      />
      <div class="colour-bar-ends">
        <span>0</span>
        <span>attention × slab probability</span>
        <span>1</span>
      </div>
      <label class="slider">
        Opacity
        <input
          type="range"
          min="0"
          max="1"
          step="0.05"
          value={style.opacity}
          onInput={(event) => restyle({ opacity: event.currentTarget.valueAsNumber })}
        />
      </label>
      <label class="slider">
        Threshold
        <input
          type="range"
          min="0"
          max="0.95"
          step="0.05"
          value={style.threshold}
          onInput={(event) => restyle({ threshold: event.currentTarget.valueAsNumber })}
        />
      </label>
    </section>
  );
}
