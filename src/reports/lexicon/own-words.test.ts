import { expect, test } from "vitest";
import { labelReport } from "../index.ts";
import { english } from "./english.ts";
import { parseOwnWords, withOwnWords } from "./own-words.ts";

test("a user's words are known beside the language's own", () => {
  const own = parseOwnWords(
    "own.json",
    JSON.stringify({
      mentions: [{ kind: "pulmonary", phrases: ["lungclot*"] }],
      sections: [{ kind: "history", headings: ["Why We Scan"] }],
      modifiers: [{ means: "negated", reach: "forward", phrases: ["bereft of"] }],
    }),
  );
  const lexicon = withOwnWords(english, own, "own.json");
  expect(labelReport("Arteries bereft of lungclots.", lexicon).label).toBe("absent");
  expect(labelReport("Lungclots on the right.", lexicon)).toMatchObject({ label: "present", side: "right" });
  expect(labelReport("WHY WE SCAN: PE\nFINDINGS: Clear lungs.", lexicon).label).toBe("not-mentioned");
});

test("a file that does not follow the form is refused with the place that is wrong", () => {
  expect(() => parseOwnWords("own.json", "{")).toThrow(/own.json is not JSON/);
  expect(() => parseOwnWords("own.json", '{"mentions":[{"kind":"lung","phrases":["x"]}]}')).toThrow(
    /mentions\.0\.kind/,
  );
  const gap = parseOwnWords("own.json", '{"mentions":[{"kind":"pulmonary","phrases":["{2} clot"]}]}');
  expect(() => withOwnWords(english, gap, "own.json")).toThrow(/must begin with a word/);
});
