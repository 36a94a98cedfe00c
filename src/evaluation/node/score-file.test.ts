import fc from "fast-check";
import { expect, test } from "vitest";
import { EmbolensError } from "../../errors.ts";
import { ofSplit, parseScores, requireDisjoint } from "./score-file.ts";

const read = (text: string, columns = {}) => parseScores("scores.csv", text, columns);
const codeOf = (text: string, columns = {}) => {
  try {
    read(text, columns);
    return undefined;
  } catch (error) {
    return error instanceof EmbolensError ? `${error.code}: ${error.message}` : "a defect";
  }
};

test("id, patient and label columns are known by name, the others are models", () => {
  const file = read("\ufeffid,patient,label,ours,theirs\ns1,p1,1,.9,0.5\ns2,p2,0,1e-3,-2\n");
  expect(file.ids).toEqual(["s1", "s2"]);
  expect(file.patients).toEqual(["p1", "p2"]);
  expect([...file.labels]).toEqual([1, 0]);
  expect(file.models.map(({ name, scores }) => [name, ...scores])).toEqual([
    ["ours", 0.9, 0.001],
    ["theirs", 0.5, -2],
  ]);
});

test("quoted fields, Windows line ends, other label words and a chosen label column are read", () => {
  const file = read('case,PE,"model, one"\r\n1,positive,"0.5"\r\n2,Absent,0.25\r\n', {
    label: "PE",
    models: ["model, one"],
  });
  expect([...file.labels]).toEqual([1, 0]);
  expect([...file.models[0]!.scores]).toEqual([0.5, 0.25]);
});

test("what is missing or no number is refused with its case", () => {
  expect(codeOf("label,a\n1,0.5\n0,\n")).toBe('scores-invalid: scores.csv, case 2: the score of "a" is missing');
  expect(codeOf("label,a\n1,NaN\n")).toBe('scores-invalid: scores.csv, case 1: the score of "a" is "NaN"');
  expect(codeOf("label,a\n1,Infinity\n")).toMatch(/^scores-invalid/);
  expect(codeOf("label,a\n2,0.5\n")).toBe('labels-invalid: scores.csv, case 1: the label is "2"');
  expect(codeOf("truth,a\n1,0.5\n")).toBe('column-missing: scores.csv: no column "label"');
  expect(codeOf("label\n1\n")).toMatch(/^column-missing/);
  expect(codeOf("label,a,a\n1,1,1\n")).toMatch(/two columns/);
  expect(codeOf("label,a\n1,0.5,9\n")).toMatch(/^scores-invalid/);
  expect(codeOf("label,a\n")).toMatch(/^empty-input/);
  expect(codeOf("")).toMatch(/^empty-input/);
  expect(codeOf("label,a\n1,2\n", { models: ["b"] })).toMatch(/^option-invalid/);
});

test("the rows of a split are told apart by the column of that name, and one without rows is refused", () => {
  const file = read("id,split,label,a\ns1,train,1,.9\ns2,test,0,.1\ns3,test,1,.8\n");
  const chosen = ofSplit(file, "test");
  expect(chosen.ids).toEqual(["s2", "s3"]);
  expect([...chosen.labels]).toEqual([0, 1]);
  expect([...chosen.models[0]!.scores]).toEqual([0.1, 0.8]);
  expect(() => ofSplit(file, "validation")).toThrow(/no row of the split "validation"/);
});

test("operating points are not chosen on a file, a patient or a case that is reported on", () => {
  const reported = read("id,patient,label,a\n1,p1,1,.9\n2,p2,0,.1\n");
  const named = (text: string) => parseScores("validation.csv", text);
  expect(() => requireDisjoint(reported, reported)).toThrow(/is the file/);
  expect(() => requireDisjoint(named("patient,label,a\np2,1,.9\np3,0,.2\n"), reported)).toThrow(
    /1 of its patients .*p2/,
  );
  expect(() => requireDisjoint(named("id,label,a\n1,1,.9\n3,0,.2\n"), reported)).toThrow(/1 of its cases .*instance 1/);
  // Rows may be numbered alike in both files.
  expect(() => requireDisjoint(named("id,label,a\n1,1,.7\n2,0,.2\n"), reported)).not.toThrow();
});

test("any text ends in scores or in one of our errors", () => {
  const piece = fc.constantFrom("label", "a", ",", "\n", '"', "1", "0", "0.5", "NaN", "\u0000", " ", "id", "é");
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      expect(codeOf(pieces.join(""))).not.toBe("a defect");
    }),
    { numRuns: 500 },
  );
});
