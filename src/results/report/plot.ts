/**
 * Observable Plot without a browser: a figure as an SVG element that takes the page's ink and stays sharp on paper.
 *
 *     const figure: Html = plot({ marks: [Plot.line(points, { x: "x", y: "y" })] });
 */
import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { type Html, trusted } from "./html.ts";

/** Colours for arms, told apart by the colour-blind and visible on white and on dark (after Okabe and Ito). */
export const palette = [
  "#0b84c6",
  "#e07b00",
  "#1a9e77",
  "#cc5c94",
  "#8a63d2",
  "#a0892b",
  "#d1495b",
  "#5f7d8c",
  "#46a3a3",
];

/** Drawn for a phone's width; a wide screen enlarges it. */
const width = 420;

export function plot(options: Plot.PlotOptions): Html {
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  const drawn = Plot.plot({
    width,
    style: { fontSize: "12px", fontFamily: "inherit", background: "transparent", color: "currentColor" },
    ...options,
    document: document as unknown as Document,
  });
  // Plot's own style element names a background that would be white on a dark page.
  return trusted(
    drawn.outerHTML.replaceAll(/var\(--plot-background\)|fill="white"/g, (found) =>
      found.startsWith("var") ? "transparent" : 'fill="none"',
    ),
  );
}
