import { expect, test } from "vitest";
import { compileLexicon, english } from "./index.ts";
import { PhraseBook } from "./phrases.ts";
import { tokenise } from "./tokens.ts";

const { words } = compileLexicon(english);
const tokens = (text: string) => tokenise(text, 0, text.length, words);
const found = (phrases: readonly string[], text: string) => {
  const sentence = tokens(text);
  return new PhraseBook(phrases.map((phrase) => [phrase, phrase] as const)).find(sentence).map(({ from, to }) =>
    sentence
      .slice(from, to)
      .map((token) => token.text)
      .join(" "),
  );
};

test("a phrase may have alternatives, beginnings, words that may be missing, gaps and an end", () => {
  expect(found(["seen|noted"], "it was noted")).toEqual(["noted"]);
  expect(found(["visuali*"], "visualised and visualized")).toEqual(["visualised", "visualized"]);
  expect(found(["no [significant] change"], "no change, no significant change")).toEqual([
    "no change",
    "no significant change",
  ]);
  expect(found(["can not {2} exclude"], "can not with certainty exclude; can not now and then safely exclude")).toEqual(
    ["can not with certainty exclude"],
  );
  expect(found([": no $"], "pe: no. pe: no defect")).toEqual([": no"]);
  expect(found(["in #year"], "in 2012, in 3 lobes")).toEqual(["in 2012"]);
});

test("the longest phrase wins, and no word belongs to two", () => {
  expect(found(["no", "no change in", "change"], "no change in emboli")).toEqual(["no change in"]);
});

test("a phrase that could swallow its object is refused", () => {
  expect(() => new PhraseBook([["not {1} [for]", 1]])).toThrow(/followed by a word/);
  expect(() => new PhraseBook([["{2} seen", 1]])).toThrow(/begin with a word/);
});

test("abbreviations are written out, hyphens opened, slips of one letter put right, right words left alone", () => {
  const texts = (text: string) => tokens(text).map((token) => token.text);
  expect(texts("r/o pe w/ rv strain")).toEqual(["rule", "out", "pe", "with", "rv", "strain"]);
  expect(texts("non-occlusive rll/lll")).toEqual([
    "non",
    "occlusive",
    "right",
    "lower",
    "lobe",
    "left",
    "lower",
    "lobe",
  ]);
  expect(texts("emoblism embolus thrombin exclude")).toEqual(["embolism", "embolus", "thrombin", "exclude"]);
  expect(texts("pe -ve, (-) dvt")).toEqual(["pe", "negative", ",", "negative", "dvt"]);
});
