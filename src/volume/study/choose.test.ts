import { describe, expect, test } from "vitest";
import { chooseByLungs, chooseSeries, kernelSharpness } from "./choose.ts";
import type { Series } from "./series.ts";

function series(description: string, changes: Partial<Series> = {}): Series {
  return {
    seriesInstanceUid: `1.2.${description.length}`,
    studyInstanceUid: "1.2",
    modality: "CT",
    description,
    seriesNumber: undefined,
    accepted: true,
    reasons: [],
    warnings: [],
    slices: 150,
    rows: 512,
    columns: 512,
    spacing: [0.7, 0.7, 2],
    orientation: "axial",
    transferSyntax: undefined,
    contrastAgent: undefined,
    kernel: undefined,
    sliceThickness: undefined,
    geometry: undefined,
    pixels: undefined,
    files: [],
    ...changes,
  };
}

const chosen = (candidates: readonly Series[], lungs?: (found: Series) => number | undefined) => {
  const forwards = chooseSeries(candidates, lungs)?.description;
  expect(chooseSeries([...candidates].reverse(), lungs)?.description).toBe(forwards);
  return forwards;
};

describe("the series to judge", () => {
  test("is an accepted, axial one, or none", () => {
    const refused = series("refused", { accepted: false, slices: 400 });
    const coronal = series("coronal", { orientation: "coronal", slices: 400 });
    expect(chosen([refused, coronal, series("plain")])).toBe("plain");
    expect(chosen([refused, coronal])).toBeUndefined();
    expect(chosen([])).toBeUndefined();
  });

  test("shows the most lung, before anything else", () => {
    const upper = series("upper half", { contrastAgent: "Iohexol", spacing: [0.7, 0.7, 1], kernel: "B30f" });
    const whole = series("whole", { spacing: [0.7, 0.7, 5], kernel: "B70f" });
    const lung = (found: Series) => (found === whole ? 260 : 150);
    expect(chosen([upper, whole], lung)).toBe("whole");
  });

  test("stands in the scan's length for lungs nobody looked for, as far as lungs reach", () => {
    const chest = series("chest", { slices: 180 });
    const trunk = series("whole trunk", { slices: 400 });
    const apex = series("apices", { slices: 40 });
    expect(chosen([chest, trunk, apex].map((found) => found))).toBe("whole trunk");
    expect(chosen([series("thin", { slices: 360, spacing: [0.7, 0.7, 1] }), trunk])).toBe("thin");
  });

  test("among equals in lung names contrast, then is the thinnest, then the softest, then the first", () => {
    const contrast = series("contrast", { contrastAgent: "Iohexol", spacing: [0.7, 0.7, 3], slices: 100 });
    const thin = series("thin", { spacing: [0.7, 0.7, 1], slices: 300 });
    expect(chosen([contrast, thin])).toBe("contrast");
    const sharp = series("sharp", { kernel: "B70f" });
    const soft = series("soft", { kernel: "B30f" });
    const thick = series("thick", { kernel: "B30f", spacing: [0.7, 0.7, 5], slices: 60 });
    expect(chosen([sharp, soft, thick, series("unnamed")])).toBe("soft");
    expect(chosen([series("second", { seriesNumber: 5 }), series("first", { seriesNumber: 4 })])).toBe("first");
  });

  test("holds contrast in its great vessels, whatever its tag says, unless it shows a part of the chest only", () => {
    const plain = series("plain", { contrastAgent: "Iohexol", spacing: [0.7, 0.7, 1], kernel: "B30f" });
    const angiogram = series("angiogram", { kernel: "B70f" });
    const late = series("late", {});
    const watched = series("bolus watched", {});
    const lung = (found: Series) => (found === watched ? 20 : found === angiogram ? 250 : 290);
    const contrast = (found: Series) =>
      new Map([
        [angiogram, 320],
        [late, 130],
        [watched, 400],
      ]).get(found);
    for (const order of [
      [plain, angiogram, late, watched],
      [watched, late, angiogram, plain],
    ]) {
      expect(chooseSeries(order, lung, contrast)).toBe(angiogram);
      expect(
        chooseSeries(
          order.filter((one) => one !== angiogram),
          lung,
          contrast,
        ),
      ).toBe(late);
      expect(chooseSeries([plain, watched], lung, contrast)).toBe(plain);
    }
  });

  test("tells soft kernels from sharp ones by their makers' names", () => {
    const named = (...kernels: string[]) => kernels.map(kernelSharpness);
    expect(new Set(named("B30f", "Br40d\\3", "STANDARD", "SOFT", "FC08", "B", "I31f\\3", "Bv36d"))).toEqual(
      new Set(["soft"]),
    );
    expect(new Set(named("B70f", "Bl57d\\3", "LUNG", "BONEPLUS", "FC51", "L", "YC", "I70f\\2", "D"))).toEqual(
      new Set(["sharp"]),
    );
    expect(new Set(named("", "unheard of"))).toEqual(new Set(["unknown"]));
  });

  test("is looked for among lungs, and looked into again when a newcomer brings back one that was passed over", async () => {
    const first = series("first", { seriesNumber: 1 });
    const contrast = series("contrast", { seriesNumber: 2, contrastAgent: "Iohexol" });
    const last = series("last", { seriesNumber: 3 });
    const lungs = new Map([
      [first, 300],
      [contrast, 285],
      [last, 310],
    ]);
    const looked: string[] = [];
    const look = async (candidate: Series) => {
      looked.push(candidate.description);
      const upper = lungs.get(candidate);
      const contrast = { contrastHu: null, enhanced: false };
      return upper === undefined
        ? undefined
        : { name: candidate.description, lungs: { range: { lower: 0, upper }, contrast } };
    };
    expect((await chooseByLungs([first, contrast], look))?.name).toBe("contrast");
    looked.length = 0;
    // Contrast shows too little beside the last, which is no better than the first.
    expect((await chooseByLungs([series("abdomen"), first, contrast, last], look))?.name).toBe("first");
    expect(looked).toEqual(["abdomen", "first", "contrast", "last", "first"]);
    expect(await chooseByLungs([series("abdomen")], look)).toBeUndefined();
  });
});
