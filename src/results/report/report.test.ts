import sharp from "sharp";
import { expect, test } from "vitest";
import { freeResponse, scoredCases } from "../../evaluation/index.ts";
import * as report from "./index.ts";

const cases = scoredCases(
  "test",
  Array.from({ length: 60 }, (_, index) => index % 3 === 0),
  Array.from({ length: 60 }, (_, index) => ((index * 37) % 60) / 60),
);
const models = [
  { name: "ours <b>", cases },
  { name: "theirs", cases },
];
const everyFigure = [
  report.rocFigure(models),
  report.precisionRecallFigure(models),
  report.reliabilityFigure(models),
  report.histogramFigure(models[0]!),
  report.freeResponseFigure([
    {
      name: "ours",
      curve: freeResponse([{ emboli: [{ places: [[0, 0, 0]] }], marks: [{ place: [0, 0, 0], score: 1 }] }], {
        tolerance: 1,
      }),
    },
  ]),
  report.epochFigure({ name: "AUC", series: [{ name: "ours", values: [0.5, 0.6] }], caption: "Learning" }),
  report.slabStripFigure({ probabilities: [0.1, 0.9], positive: [1], caption: "Slabs" }),
];

test("whatever text goes into a page comes out as text", () => {
  const hostile = '<script>alert("x")</script>&';
  const page = report.reportPage({
    title: hostile,
    lead: hostile,
    sections: [
      report.section(hostile, report.table({ caption: hostile, head: [hostile], rows: [[hostile, hostile]] })),
      report.details(hostile, { hostile }),
      report.facts([[hostile, hostile]]),
    ],
  });
  expect(page).not.toContain("<script");
  expect(page.match(/&lt;script&gt;alert/g)!.length).toBeGreaterThanOrEqual(9);
});

test("a page asks for nothing from elsewhere and says it is for research", () => {
  const page = report.reportPage({ title: "t", lead: "l", sections: [report.figures(everyFigure)] });
  expect(page).toContain(report.researchUseStatement);
  // The only addresses are names of XML namespaces.
  expect(page.replaceAll(/xmlns(:\w+)?="[^"]*"/g, "")).not.toMatch(/https?:|src="(?!data:)|@import|url\(/);
});

test("every figure is one SVG with its marks, and names are escaped in it", () => {
  for (const { picture } of everyFigure) {
    const { text } = picture as report.Html;
    expect(text.match(/<svg/g)).toHaveLength(1);
    expect(text).toMatch(/<(path|rect|circle) /);
    expect(text).not.toContain("NaN");
    expect(text).not.toContain("<b>");
  }
  expect((everyFigure[0]!.picture as report.Html).text).toContain("ours &lt;b&gt;");
});

test("attention glows where it is high, the truth is outlined, the rest stays as it was", async () => {
  const slice = new Uint8Array(64 * 64).fill(100);
  const attention = Float32Array.from({ length: 16 }, (_, index) => Number(index === 5));
  const truth = Array.from({ length: 16 }, (_, index) => Number(index === 10));
  const { dataUrl } = await report.overlayPicture({ slice, size: 64, attention, truth, shown: 64 });
  const { data, info } = await sharp(Buffer.from(dataUrl.split(",")[1]!, "base64"))
    .removeAlpha()
    .toColourspace("srgb")
    .raw()
    .toBuffer({ resolveWithObject: true });
  const pixel = (x: number, y: number) => [...data.subarray(info.channels * (y * info.width + x)).subarray(0, 3)];
  const [red, , blue] = pixel(24, 24);
  expect(red! - blue!).toBeGreaterThan(100);
  const [r, g, b] = pixel(60, 4);
  expect(Math.max(r!, g!, b!) - Math.min(r!, g!, b!)).toBeLessThan(12);
  const [, green, dark] = pixel(32, 40);
  expect(green! - dark!).toBeGreaterThan(60);
});
