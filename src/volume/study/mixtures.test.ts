import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { axialGeometry, series } from "../../../test/volume/synthetic-series.ts";
import type { WritableDataset } from "../dicom-write/index.ts";
import { patientPoint } from "../geometry.ts";
import type { ByteSource } from "../source.ts";
import { scanStudy } from "./read.ts";

type Change = (dataset: WritableDataset, slice: number) => void;

const text = (tag: number, vr: "LO" | "UI" | "SH" | "CS" | "TM", value: string): Change => {
  return (dataset) => void dataset.set(tag, { vr, value });
};
const number = (tag: number, vr: "IS" | "DS", value: number): Change => {
  return (dataset) => void dataset.set(tag, { vr, value });
};
const clock = (second: number): string =>
  `12${String(Math.floor(second / 60)).padStart(2, "0")}${(second % 60).toFixed(2).padStart(5, "0")}`;

/** What a second scan under the same series identifier may differ in, and how the first one's slices are numbered. */
const differences: Readonly<Record<string, (slices: number) => Change>> = {
  patient: () => text(0x00100020, "LO", "another"),
  "patient's name": () => text(0x00100010, "LO", "Another^Patient"),
  study: () => text(0x0020000d, "UI", "1.2.3.4"),
  "frame of reference": () => text(0x00200052, "UI", "1.2.3.5"),
  kernel: () => text(0x00181210, "SH", "LUNG"),
  "series number": () => number(0x00200011, "IS", 77),
  acquisition: () => number(0x00200012, "IS", 2),
  "temporal position": () => number(0x00200100, "IS", 2),
  "cardiac phase": () => number(0x00209241, "DS", 75),
  "trigger time": () => number(0x00181060, "DS", 640),
  "scan options": () => text(0x00180022, "CS", "TP75"),
  kilovolts: () => number(0x00180060, "DS", 80),
  "contrast agent": () => text(0x00180010, "LO", "Iomeron 400"),
  "image type": () => (dataset) =>
    void dataset.set(0x00080008, { vr: "CS", value: ["DERIVED", "PRIMARY", "AXIAL", "VMI"] }),
  "instance number": (slices) => (dataset, slice) => number(0x00200013, "IS", slices + slice + 1)(dataset, slice),
  "acquisition time that runs on": () => (dataset, slice) =>
    text(0x00080032, "TM", clock(200 + slice * 0.23))(dataset, slice),
  "content time that runs on": () => (dataset, slice) =>
    text(0x00080033, "TM", clock(200 + slice * 0.23))(dataset, slice),
};

const named = (prefix: string, files: readonly ByteSource[]): ByteSource[] =>
  files.map((file) => ({ ...file, name: `${prefix}${file.name}` }));

/** The files of each series found, which must all be of one of the two scans. */
async function parts(files: readonly ByteSource[]) {
  const study = await scanStudy(files);
  return study.series.map(({ accepted, files: own, warnings, reasons }) => ({
    accepted,
    scans: new Set(own.map((name) => name[0])),
    count: own.length,
    codes: [...warnings, ...reasons].map(({ code }) => code),
  }));
}

interface Mixture {
  readonly first: readonly ByteSource[];
  readonly second: readonly ByteSource[];
}

function mixture(difference: string, slices: number, step: number, shift: number, downwards: boolean): Mixture {
  const spacing = [2, 2.5, step] as const;
  const at = (z: number) => axialGeometry([4, 3, slices], { spacing, origin: patientPoint(-20, -15, z) });
  const change = differences[difference]!(slices);
  const time = difference.startsWith("acquisition") ? 0x00080032 : 0x00080033;
  const running: Change = (dataset, slice) => text(time, "TM", clock(slice * 0.23))(dataset, slice);
  const own = difference.includes("runs on") ? running : () => {};
  const turned: Change = (dataset, slice) => change(dataset, downwards ? slices - 1 - slice : slice);
  const rename: Change = (dataset) => {
    const { value } = dataset.get(0x00080018)!;
    dataset.set(0x00080018, { vr: "UI", value: `${String(value).slice(0, 60)}.9` });
  };
  return {
    first: named("a", series({ geometry: at(-30), adjust: own })),
    second: named(
      "b",
      series({
        geometry: at(-30 + shift),
        rescale: { slope: 1, intercept: -1000 },
        adjust: (dataset, slice) => {
          rename(dataset, slice);
          turned(dataset, slice);
        },
      }),
    ),
  };
}

describe("a mixture of two scans under one series identifier", () => {
  test.each(Object.keys(differences))("that differ in %s comes apart into the two", async (difference) => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 6, max: 14 }),
        fc.constantFrom(0.625, 1.25, 5),
        fc.constantFrom(0, 0.5, -0.5, 0.3, 1, 2, 2.5),
        fc.boolean(),
        fc.nat(),
        async (slices, step, shift, downwards, seed) => {
          const { first, second } = mixture(difference, slices, step, step * shift, downwards);
          const files = [...first, ...second].sort((a, b) => order(a.name, seed) - order(b.name, seed));
          const found = await parts(files);
          for (const { accepted, scans } of found) if (accepted) expect(scans.size).toBe(1);
          expect(found.filter(({ accepted, count }) => accepted && count === slices)).toHaveLength(2);
        },
      ),
      { numRuns: 25 },
    );
  });

  test("that differ in nothing is refused, whether their slices coincide or lie a half-step apart", async () => {
    for (const shift of [0, 0.5, 1]) {
      const nothing = named(
        "b",
        series({
          geometry: axialGeometry([4, 3, 10], { origin: patientPoint(-20, -15, -30 + 4 * shift) }),
          rescale: { slope: 1, intercept: -1000 },
          adjust: (dataset, slice) => text(0x00080018, "UI", `1.2.${slice}`)(dataset, slice),
        }),
      );
      const whole = named("a", series({ geometry: axialGeometry([4, 3, 10]) }));
      const found = await parts([...whole, ...nothing]);
      expect(found.map(({ accepted }) => accepted)).toEqual([false]);
    }
  });

  test("in two phases and two kernels comes apart into four", async () => {
    const make = (name: string, kernel: string, phase: number) =>
      named(
        name,
        series({
          geometry: axialGeometry([4, 3, 8]),
          rescale: { slope: 1, intercept: -1000 - phase - kernel.length },
          adjust: (dataset, slice) => {
            text(0x00181210, "SH", kernel)(dataset, slice);
            number(0x00200100, "IS", phase)(dataset, slice);
            text(0x00080018, "UI", `1.2.3.${phase}.${kernel.length}.${slice}`)(dataset, slice);
          },
        }),
      );
    const found = await parts([
      ...make("a", "SOFT", 1),
      ...make("b", "SOFT", 2),
      ...make("c", "LUNGS", 1),
      ...make("d", "LUNGS", 2),
    ]);
    expect(found.map(({ accepted, count, scans }) => [accepted, count, scans.size])).toEqual(
      Array.from({ length: 4 }, () => [true, 8, 1]),
    );
  });
});

describe("one scan stays one", () => {
  const whole = async (adjust: Change, slices = 12) => {
    const [found, ...others] = await parts(named("a", series({ geometry: axialGeometry([4, 3, slices]), adjust })));
    expect(others).toEqual([]);
    expect(found).toMatchObject({ accepted: true, count: slices });
    return found!;
  };

  test("where time, trigger or instance number run on from slice to slice", async () => {
    await whole((dataset, slice) => text(0x00080032, "TM", clock(slice * 0.4))(dataset, slice));
    await whole((dataset, slice) => text(0x00080032, "TM", clock(Math.floor(slice / 3)))(dataset, slice));
    await whole((dataset, slice) => text(0x00080032, "TM", clock(Math.floor((11 - slice) / 3)))(dataset, slice));
    await whole((dataset, slice) => number(0x00181060, "DS", 40 * slice)(dataset, slice));
    await whole((dataset, slice) => number(0x00200100, "IS", slice + 1)(dataset, slice));
    await whole((dataset) => void dataset.delete(0x00200013));
  });

  test("where blocks of a step-and-shoot scan are numbered against its direction", async () => {
    const numbered = (slice: number) => 4 * Math.floor(slice / 4) + (3 - (slice % 4)) + 1;
    await whole((dataset, slice) => number(0x00200013, "IS", numbered(slice))(dataset, slice));
  });

  test("where one slice is doubled where two acquisitions join", async () => {
    const joined = (from: number, count: number, acquisition: number) =>
      named(
        `a${acquisition}`,
        series({
          geometry: axialGeometry([4, 3, count], { origin: patientPoint(-20, -15, -30 + 4 * from) }),
          acquisitionNumber: acquisition,
          rescale: { slope: 1, intercept: -1000 - acquisition },
          adjust: (dataset, slice) => text(0x00080018, "UI", `1.2.${acquisition}.${slice}`)(dataset, slice),
        }),
      );
    const found = await parts([...joined(0, 8, 1), ...joined(7, 8, 2)]);
    expect(found.map(({ accepted, count, codes }) => [accepted, count, codes])).toEqual([
      [true, 15, ["slice-duplicate"]],
    ]);
  });
});

/** Some order of files for each seed. */
function order(name: string, seed: number): number {
  let hash = seed | 0;
  for (let index = 0; index < name.length; index++) hash = Math.imul(hash ^ name.charCodeAt(index), 0x5bd1e995);
  return hash;
}
