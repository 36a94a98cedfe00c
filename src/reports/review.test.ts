import { expect, test } from "vitest";
import { labelReport, reviewPage, sampleForReview } from "./index.ts";

const reports = [
  { id: "sure", text: "IMPRESSION: Acute PE, right lower lobe." },
  { id: "open", text: "PE cannot be excluded." },
  { id: "silent", text: "Lungs <clear> & dry." },
  { id: "likely", text: "PE is unlikely." },
].map(({ id, text }) => ({ text, report: { id, ...labelReport(text) } }));
const sample = sampleForReview(
  reports.map(({ report }) => report),
  10,
);

test("the sample holds every kind of label, the least certain first, silent reports last", () => {
  expect(sample.map(({ id }) => id)).toEqual(["open", "likely", "sure", "silent"]);
});

test("a large input gives no more than asked for, and no report twice", () => {
  const many = Array.from({ length: 500 }, (_, index) => ({ id: String(index), ...labelReport("No PE.") }));
  const chosen = sampleForReview(many, 100);
  expect(new Set(chosen.map(({ id }) => id)).size).toBe(100);
});

test("the page marks the sentences that were weighed and lets no report's text be markup", () => {
  const page = reviewPage(sample, new Map(reports.map(({ report, text }) => [report.id, text])));
  expect(page).toContain('<mark class="present">Acute PE, right lower lobe.</mark>');
  expect(page).toContain("Lungs &lt;clear&gt; &amp; dry.");
  expect(page.match(/type="radio"/g)).toHaveLength(16);
});
