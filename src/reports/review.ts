/**
 * A page on which a person checks labels: a sample, the least certain first, the words that decided marked. The verdicts are
 * saved as a CSV file that `embolens label --evaluate truth` takes.
 *
 *     writeFile("review.html", reviewPage(sampleForReview(reports, 100), texts));
 */
import type { LabelledReport } from "./agreement.ts";
import { type ReportLabelValue, reportLabels } from "./label.ts";

/** Share of each label in the sample: doubt teaches most. */
const shares: Readonly<Record<ReportLabelValue, number>> = {
  uncertain: 0.3,
  present: 0.3,
  absent: 0.25,
  "not-mentioned": 0.15,
};

/**
 * @param most reports in the sample
 * @returns of each label its share, evenly from the least certain to the most; the least certain first
 */
export function sampleForReview(reports: readonly LabelledReport[], most: number): LabelledReport[] {
  const strata = reportLabels.map((label) => ({
    label,
    all: reports.filter((report) => report.label === label).sort((a, b) => a.confidence - b.confidence),
  }));
  const chosen = strata.flatMap(({ label, all }) =>
    evenly(all, Math.min(all.length, Math.round(most * shares[label]))),
  );
  const left = reports.filter((report) => !chosen.includes(report));
  const filled = [...chosen, ...evenly(left, Math.min(left.length, most - chosen.length))];
  return filled.sort((a, b) => certaintyOf(a) - certaintyOf(b));
}

/** A silent report's label has no confidence; it is looked at last. */
const certaintyOf = ({ label, confidence }: LabelledReport): number => (label === "not-mentioned" ? 1 : confidence);

const evenly = <Item>(items: readonly Item[], count: number): Item[] =>
  Array.from({ length: Math.max(0, count) }, (_, index) => items[Math.floor((index * items.length) / count)]!);

const escaped = (text: string): string =>
  text.replace(/[&<>"]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[sign]!);

/** The text with the sentences that were weighed marked, and in them the mention and the words that decided. */
function marked(text: string, { evidence }: LabelledReport): string {
  let html = escaped(text);
  for (const { sentence, state } of evidence) {
    const words = escaped(sentence.replace(/…$/, ""))
      .split(/\s+/)
      .map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
    html = html.replace(new RegExp(`(?<!>)${words.join("\\s+")}`), (found) => `<mark class="${state}">${found}</mark>`);
  }
  return html;
}

/** @param texts by the reports' ids */
export function reviewPage(sample: readonly LabelledReport[], texts: ReadonlyMap<string, string>): string {
  const cards = sample.map((report, index) => {
    const words = report.evidence.map(
      ({ mention, modifier, state, section }) =>
        `<li><b>${escaped(mention)}</b>${modifier === null ? "" : `, <i>${escaped(modifier)}</i>`}: ${state} (${section})</li>`,
    );
    const choices = reportLabels.map(
      (label) =>
        `<label><input type="radio" name="r${index}" value="${label}"${label === report.label ? ' data-label=""' : ""}> ${label}</label>`,
    );
    return `<section data-id="${escaped(report.id)}"><h2>${index + 1}. ${escaped(report.id)}</h2>
<p>Label: <b>${report.label}</b>${report.notRead ? " (not read: another language)" : `, confidence ${report.confidence}`}${report.side ? `; ${report.acuity}, ${report.location}, ${report.side}` : ""}</p>
<pre>${marked(texts.get(report.id) ?? "", report)}</pre>
<ul>${words.join("")}</ul><fieldset><legend>The report says</legend>${choices.join(" ")}</fieldset></section>`;
  });
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Review of report labels</title><style>
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}
section{border-top:1px solid #ccc;padding:1rem 0}h2{font-size:1.1rem;margin:0}pre{white-space:pre-wrap;background:#f6f6f4;padding:.8rem;border-radius:4px}
mark{padding:0 .1em}mark.present{background:#ffd9d2}mark.absent{background:#d8efd8}mark.uncertain{background:#fff0b8}mark.not-counted{background:#e4e4e4}
fieldset{border:0;padding:0;margin:0}legend{font-weight:600}label{margin-right:1rem}footer{position:sticky;bottom:0;background:#fff;border-top:1px solid #ccc;padding:.8rem 0}
button{font:inherit;padding:.3rem .9rem}</style>
<h1>Review of report labels</h1>
<p>${sample.length} reports, the least certain first. Choose what each report says; the file of verdicts goes back into
<code>embolens label verdicts.csv --evaluate truth</code>. Research use, not a medical device.</p>
${cards.join("\n")}
<footer><button id="save">Save verdicts</button> <span id="count" role="status"></span></footer>
<script>
const sections = [...document.querySelectorAll("section")];
const verdict = (section) => section.querySelector("input:checked")?.value ?? "";
const show = () => {
  const given = sections.filter(verdict);
  const agreed = given.filter((section) => section.querySelector("[data-label]")?.checked).length;
  document.getElementById("count").textContent = given.length + " of " + sections.length + " judged, " + agreed + " agree with the label";
};
const cell = (text) => '"' + text.replaceAll('"', '""') + '"';
document.addEventListener("change", show);
document.getElementById("save").addEventListener("click", () => {
  const rows = sections.map((section) => [section.dataset.id, verdict(section), section.querySelector("pre").textContent].map(cell).join(","));
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob(["id,truth,text\\n" + rows.join("\\n") + "\\n"], { type: "text/csv" }));
  link.download = "verdicts.csv";
  link.click();
});
show();
</script></html>
`;
}
