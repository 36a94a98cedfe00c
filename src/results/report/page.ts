/**
 * A report as one self-contained HTML file: no script, no request, figures and pictures inside. Reads on a phone, on a
 * desk and on paper, in light and dark.
 *
 *     const page = reportPage({
 *       title: "Evaluation of small.safetensors",
 *       lead: "300 test studies, 100 with embolism.",
 *       sections: [section("Scores", table({ head: ["arm", "AUC"], rows: [["proposed", ".91"]] }))],
 *     });
 */
import { type Html, html, trusted } from "./html.ts";
import { pageStyle } from "./page-style.ts";

export interface Report {
  readonly title: string;
  /** What a reader in a hurry has to know, a sentence or two. */
  readonly lead: string;
  readonly sections: readonly Html[];
  /** What made it: program version, date, seed; shown at the foot. */
  readonly provenance?: readonly (readonly [name: string, value: string])[];
}

export const researchUseStatement =
  "Research use only. Not a medical device: nothing here may guide the care of a patient.";

export function reportPage({ title, lead, sections, provenance = [] }: Report): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${trusted(pageStyle)}</style>
</head>
<body>
<header><h1>${title}</h1><p class="lead">${lead}</p><p class="research">${researchUseStatement}</p></header>
<main>${sections}</main>
<footer>${provenance.length > 0 ? facts(provenance) : ""}<p>${researchUseStatement}</p></footer>
</body>
</html>
`.text;
}

export const section = (title: string, ...contents: readonly Html[]): Html =>
  html`<section><h2>${title}</h2>${contents}</section>`;

export const paragraph = (text: string | Html): Html => html`<p>${text}</p>`;

export const list = (items: readonly (string | Html)[]): Html =>
  html`<ul>${items.map((item) => html`<li>${item}</li>`)}</ul>`;

/** Names and values, as a compact list. */
export const facts = (pairs: readonly (readonly [name: string, value: string])[]): Html =>
  html`<dl class="facts">${pairs.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;

export interface Table {
  readonly caption?: string;
  readonly head: readonly string[];
  /** The first cell of a row names it. A cell may hold an interval below its value, split by a newline. */
  readonly rows: readonly (readonly string[])[];
  /** Index of the row to stress. */
  readonly stressed?: number;
}

const cell = (text: string): Html => {
  const [value, ...below] = text.split("\n");
  return html`${value!}${below.map((line) => html`<span class="below">${line}</span>`)}`;
};

export const table = ({ caption, head, rows, stressed }: Table): Html =>
  html`<div class="table"><table>${caption ? html`<caption>${caption}</caption>` : ""}
<thead><tr>${head.map((text) => html`<th scope="col">${text}</th>`)}</tr></thead>
<tbody>${rows.map(
    ([name, ...cells], index) =>
      html`<tr class="${index === stressed ? "stressed" : "plain"}"><th scope="row">${cell(name!)}</th>${cells.map((text) => html`<td>${cell(text)}</td>`)}</tr>`,
  )}</tbody></table></div>`;

export interface Figure {
  /** An SVG element, or a picture as a data address. */
  readonly picture: Html | { readonly dataUrl: string; readonly width: number; readonly height: number };
  readonly caption: string;
  /** What someone who can't see it should be told; the caption when absent. */
  readonly description?: string;
}

/** Figures side by side where there is room: two a line, or small pictures as many as fit. */
export const figures = (shown: readonly Figure[], size: "large" | "small" = "large"): Html =>
  html`<div class="figures ${size}">${shown.map(
    ({ picture, caption, description }) =>
      html`<figure>${
        "dataUrl" in picture
          ? html`<img src="${picture.dataUrl}" width="${picture.width}" height="${picture.height}" alt="${description ?? caption}">`
          : html`<div role="img" aria-label="${description ?? caption}">${picture}</div>`
      }<figcaption>${caption}</figcaption></figure>`,
  )}</div>`;

/** Settings in full, folded away until asked for; unfolded on paper would be pages, so print leaves them out. */
export const details = (summary: string, value: unknown): Html =>
  html`<details><summary>${summary}</summary><pre>${JSON.stringify(value, null, 2)}</pre></details>`;
