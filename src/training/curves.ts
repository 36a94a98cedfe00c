/**
 * Learning curves as SVG files: one small figure a quantity, training beside validation over the epochs.
 *
 *     await writeFile("run/loss.svg", learningCurve("loss", points, 12));
 *
 * Drawn with Observable Plot on linkedom's document, so no browser is needed.
 */
import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";

export interface CurvePoint {
  readonly epoch: number;
  readonly part: "training" | "validation";
  readonly value: number;
}

const colours = { training: "#4269d0", validation: "#e15759" };

/** @param quantity the title, such as "accuracy" @param best the epoch whose weights were kept */
export function learningCurve(quantity: string, points: readonly CurvePoint[], best: number | undefined): string {
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  const shown = points.filter(({ value }) => Number.isFinite(value));
  const last = (part: CurvePoint["part"]) => shown.filter((point) => point.part === part).slice(-1);
  const figure = Plot.plot({
    document,
    width: 560,
    height: 320,
    marginLeft: 56,
    marginRight: 84,
    style: { background: "white", color: "#222", fontFamily: "system-ui, sans-serif", fontSize: "12px" },
    x: { label: "epoch", tickFormat: "d", grid: false },
    y: { label: quantity, grid: true, nice: true },
    color: { domain: ["training", "validation"], range: [colours.training, colours.validation] },
    marks: [
      best === undefined ? null : Plot.ruleX([best], { stroke: "#999", strokeDasharray: "4 3" }),
      Plot.line(shown, { x: "epoch", y: "value", z: "part", stroke: "part", strokeWidth: 1.8 }),
      Plot.dot(shown, { x: "epoch", y: "value", fill: "part", r: 2 }),
      Plot.text([...last("training"), ...last("validation")], {
        x: "epoch",
        y: "value",
        text: "part",
        fill: "part",
        dx: 8,
        textAnchor: "start",
      }),
    ],
  });
  figure.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  return `<?xml version="1.0" encoding="UTF-8"?>\n${figure.outerHTML}\n`;
}
