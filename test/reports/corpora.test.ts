import { describe, expect, test } from "vitest";
import { compareLabels, compileLexicon, german } from "../../src/reports/index.ts";
import { attributeShare, attributes, labelCorpus, readCorpus } from "./corpora.ts";

describe("on the development half", () => {
  const rows = [...readCorpus("sentences-development.csv"), ...readCorpus("reports-development.csv")];
  const { disagreements } = compareLabels(labelCorpus(rows));

  test("every sentence and report gets its label", () => {
    expect(rows).toHaveLength(170);
    expect(disagreements.map(({ id, truth, label }) => `${id}: ${truth} labelled ${label}`)).toEqual([]);
  });

  test.each(attributes)("at least 95 % of the attribute %s are right", (attribute) => {
    expect(attributeShare(rows, attribute)).toBeGreaterThanOrEqual(0.95);
  });
});

// Only figures come out of these: whoever tunes the rules must not read the texts.
describe("on the held-out half, which no rule was tuned on", () => {
  const rows = [...readCorpus("sentences-held-out.csv"), ...readCorpus("reports-held-out.csv")];
  const { sensitivity, ppv, exact } = compareLabels(labelCorpus(rows));

  test("sensitivity for disease is at least .97", () => {
    expect(rows).toHaveLength(170);
    expect(sensitivity.value).toBeGreaterThanOrEqual(0.97);
  });

  test("positive predictive value for disease is at least .97", () => {
    expect(ppv.value).toBeGreaterThanOrEqual(0.97);
  });

  test("at least 97 % of the four labels are right", () => {
    expect(exact.value).toBeGreaterThanOrEqual(0.97);
  });

  test.each(attributes)("at least 90 % of the attribute %s are right", (attribute) => {
    expect(attributeShare(rows, attribute)).toBeGreaterThanOrEqual(0.9);
  });
});

test("on the sentences written while the rules were tuned and after, at least 98 % get their label", () => {
  const rows = [...readCorpus("sentences-later.csv"), ...readCorpus("sentences-fresh.csv")];
  const { exact, sensitivity, ppv } = compareLabels(labelCorpus(rows));
  expect(rows.length).toBeGreaterThan(900);
  expect(exact.value).toBeGreaterThanOrEqual(0.98);
  expect(sensitivity.value).toBeGreaterThanOrEqual(0.98);
  expect(ppv.value).toBeGreaterThanOrEqual(0.98);
});

describe("on texts in the manner of other authors: lists, forms, templates, dictation, named natures", () => {
  test("of the development half at least 97 % get their label", () => {
    const { exact } = compareLabels(labelCorpus(readCorpus("kinds-development.csv")));
    expect(exact.of).toBe(78);
    expect(exact.value).toBeGreaterThanOrEqual(0.97);
  });

  // Only figures come out of this half.
  const rows = readCorpus("kinds-held-out.csv");
  const { exact, sensitivity, ppv } = compareLabels(labelCorpus(rows));

  test("of the held-out half at least 95 %, with sensitivity and PPV of at least .97", () => {
    expect(rows).toHaveLength(78);
    expect(exact.value).toBeGreaterThanOrEqual(0.95);
    expect(sensitivity.value).toBeGreaterThanOrEqual(0.97);
    expect(ppv.value).toBeGreaterThanOrEqual(0.97);
  });

  test.each(attributes)("at least 90 % of the attribute %s are right", (attribute) => {
    if (rows.some((row) => row[attribute] !== "")) expect(attributeShare(rows, attribute)).toBeGreaterThanOrEqual(0.9);
  });
});

describe("in German, by the same rules and another table", () => {
  const german20 = (name: string) => compareLabels(labelCorpus(readCorpus(name), compileLexicon(german)));

  test("every development text gets its label, and at least nine in ten of the held-out half", () => {
    expect(german20("german-development.csv").exact).toMatchObject({ count: 20, of: 20 });
    const { exact } = german20("german-held-out.csv");
    expect(exact.of).toBe(20);
    expect(exact.value).toBeGreaterThanOrEqual(0.9);
  });
});

test("of the held-out texts' labels with a confidence of .9 or more, at least 97 % are right", () => {
  const names = ["sentences-held-out.csv", "reports-held-out.csv", "kinds-held-out.csv", "sentences-fresh.csv"];
  const confident = labelCorpus(names.flatMap(readCorpus)).filter(({ label }) => label.confidence >= 0.9);
  expect(confident.length).toBeGreaterThan(200);
  const right = confident.filter(({ truth, label }) => truth === label.label).length;
  expect(right / confident.length).toBeGreaterThanOrEqual(0.97);
});
