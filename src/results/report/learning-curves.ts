/**
 * Figures of how things went: metrics over epochs, slab scores along the body.
 *
 *     epochFigure({ name: "validation AUC", series: [{ name: "with attention", values: [.6, .7, .74] }], caption: "small" });
 *     slabStripFigure({ probabilities, positive: [12, 13], caption: "Study 7" });
 */
import * as Plot from "@observablehq/plot";
import type { Figure } from "./page.ts";
import { palette, plot } from "./plot.ts";

/** One line a run over its epochs. */
export function epochFigure(options: {
  readonly name: string;
  readonly series: readonly { readonly name: string; readonly values: readonly number[] }[];
  readonly caption: string;
}): Figure {
  const { name, series, caption } = options;
  const points = series.flatMap((run) =>
    run.values.map((value, index) => ({ run: run.name, epoch: index + 1, value })),
  );
  return {
    caption,
    picture: plot({
      height: 280,
      marginLeft: 46,
      marginBottom: 42,
      x: {
        label: "epoch",
        labelAnchor: "center",
        labelArrow: "none",
        ticks: wholeTicks(Math.max(...points.map(({ epoch }) => epoch))),
        tickFormat: "d",
      },
      y: { label: name, grid: true, labelArrow: "none", zero: false },
      color: {
        domain: series.map((run) => run.name),
        range: series.map((_, index) => palette[index % palette.length]!),
      },
      marks: [
        Plot.line(points, { x: "epoch", y: "value", stroke: "run", z: "run", strokeWidth: 2 }),
        ...series.map((run, index) =>
          Plot.text([run.name], {
            frameAnchor: "bottom-right",
            textAnchor: "end",
            dx: -8,
            dy: -8 - (series.length - 1 - index) * 15,
            fill: palette[index % palette.length]!,
            fontWeight: 600,
            fontSize: 11.5,
          }),
        ),
      ],
    }),
  };
}

/** About eight whole numbers from 1 to the last epoch. */
function wholeTicks(last: number): number[] {
  const step = Math.max(1, Math.ceil(last / 8));
  return Array.from({ length: last }, (_, index) => index + 1).filter((epoch) => epoch % step === 0 || last < 4);
}

/** Slab probabilities from the feet to the head, slabs that hold an embolus underlined. */
export function slabStripFigure(options: {
  readonly probabilities: ArrayLike<number>;
  /** Indices of slabs that hold an embolus; none in a negative study. */
  readonly positive: readonly number[];
  readonly caption: string;
}): Figure {
  const bars = Array.from(options.probabilities, (probability, slab) => ({ slab, probability }));
  return {
    caption: options.caption,
    picture: plot({
      height: 140,
      marginLeft: 40,
      marginBottom: 36,
      x: {
        type: "linear",
        domain: [-0.5, bars.length - 0.5],
        label: "slab, feet to head",
        labelAnchor: "center",
        labelArrow: "none",
      },
      y: { domain: [-0.08, 1], ticks: [0, 0.5, 1], label: "probability", labelArrow: "none" },
      marks: [
        Plot.rect(bars, {
          x1: (bar) => bar.slab - 0.42,
          x2: (bar) => bar.slab + 0.42,
          y1: 0,
          y2: "probability",
          fill: palette[0]!,
        }),
        Plot.rect(options.positive, {
          x1: (slab) => slab - 0.5,
          x2: (slab) => slab + 0.5,
          y1: -0.08,
          y2: -0.03,
          fill: palette[1]!,
        }),
      ],
    }),
  };
}
