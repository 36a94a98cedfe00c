/**
 * The probability of each slab along the body, head at the top: what the network thought where. Click to go there.
 */
import { formatPercent } from "../design/format-percent.ts";

export interface StripSlab {
  readonly index: number;
  readonly zMillimetres: number;
  readonly probability: number;
}

interface StripProps {
  readonly slabs: readonly StripSlab[];
  /** Whether the study was decided on: else no slab stands out. */
  readonly isDecided: boolean;
  /** Patient z of the scan's ends. */
  readonly range: readonly [number, number];
  /** Where the axial plane is. */
  readonly z: number;
  readonly chosen: number | undefined;
  readonly onChoose: (index: number) => void;
}

const height = 1000;
const width = 100;

export function ProbabilityStrip({ slabs, isDecided, range, z, chosen, onChoose }: StripProps) {
  const [feet, head] = [Math.min(...range), Math.max(...range)];
  const y = (at: number) => ((head - at) / Math.max(head - feet, 1e-6)) * height;
  const thickness = slabs.length > 1 ? Math.abs(y(slabs[0]!.zMillimetres) - y(slabs[1]!.zMillimetres)) : 10;
  return (
    <figure class="strip" aria-label="Probability of embolism along the body">
      <figcaption>Slabs</figcaption>
      <svg viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" role="group" aria-label="Slabs">
        <line class="half" x1={width / 2} x2={width / 2} y1="0" y2={height} />
        {slabs.map((slab) => (
          <g
            key={slab.index}
            role="button"
            tabindex={0}
            class={slab.index === chosen ? "slab chosen" : "slab"}
            aria-label={`Slab ${slab.index + 1}, z ${slab.zMillimetres.toFixed(0)} mm, ${formatPercent(slab.probability)}`}
            onClick={() => onChoose(slab.index)}
            onKeyDown={(event) => {
              if (event.key !== "Enter" && event.key !== " ") return;
              event.preventDefault();
              onChoose(slab.index);
            }}
          >
            <title>{`z ${slab.zMillimetres.toFixed(0)} mm: ${formatPercent(slab.probability)}`}</title>
            <rect class="field" x="0" width={width} y={y(slab.zMillimetres) - thickness / 2} height={thickness} />
            <rect
              class={isDecided && slab.probability >= 0.5 ? "bar high" : "bar"}
              x="0"
              width={Math.max(slab.probability * width, 1)}
              y={y(slab.zMillimetres) - thickness * 0.4}
              height={thickness * 0.8}
            />
          </g>
        ))}
        <line class="here" x1="0" x2={width} y1={y(z)} y2={y(z)} />
      </svg>
    </figure>
  );
}
