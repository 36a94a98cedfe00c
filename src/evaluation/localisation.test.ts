import fc from "fast-check";
import { expect, test } from "vitest";
import {
  freeResponse,
  localisationAt,
  type MarkedStudy,
  type Place,
  pointingGame,
  sensitivityAt,
  separateMarks,
} from "./localisation.ts";

const on = { tolerance: 5 };
const embolus = (...places: Place[]) => ({ places });
const mark = (score: number, ...place: Place) => ({ score, place });

test("a peak within the tolerance of an embolus is a hit; negatives don't count and an empty map is a miss", () => {
  const emboli = [embolus([0, 0, 0], [0, 0, 10])];
  const hits = pointingGame(
    [
      { peak: mark(0.9, 3, 0, 10), emboli },
      { peak: mark(0.9, 5.1, 0, 0), emboli },
      { peak: undefined, emboli },
      { peak: mark(0.9, 0, 0, 0), emboli: [] },
    ],
    on,
  );
  expect(hits).toMatchObject({ count: 1, of: 3 });
});

test("separated marks keep the strongest and stay apart", () => {
  const place = fc.tuple(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 30 }), fc.constant(0));
  fc.assert(
    fc.property(fc.array(fc.record({ place, score: fc.double({ min: 0, max: 1, noNaN: true }) })), (marks) => {
      const kept = separateMarks(marks, 8);
      const distance = (a: Place, b: Place) => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
      kept.forEach((a, index) => {
        for (const b of kept.slice(index + 1)) expect(distance(a.place, b.place)).toBeGreaterThanOrEqual(8 - 1e-9);
      });
      for (const { place, score } of marks) {
        expect(kept.some((other) => distance(other.place, place) < 8 && other.score >= score)).toBe(true);
      }
    }),
  );
});

const studies: readonly MarkedStudy[] = [
  {
    emboli: [embolus([0, 0, 0]), embolus([50, 0, 0])],
    marks: [mark(0.9, 1, 0, 0), mark(0.8, 0, 1, 0), mark(0.4, 100, 0, 0)],
  },
  { emboli: [], marks: [mark(0.7, 0, 0, 0)] },
  { emboli: [embolus([0, 0, 0])], marks: [mark(0.4, 0, 0, 1)] },
];

test("the free-response curve of a worked example: an embolus counts once, equal scores make one step", () => {
  expect(freeResponse(studies, on)).toEqual([
    { threshold: 0.9, sensitivity: 1 / 3, falseMarksPerStudy: 0 },
    { threshold: 0.8, sensitivity: 1 / 3, falseMarksPerStudy: 0 },
    { threshold: 0.7, sensitivity: 1 / 3, falseMarksPerStudy: 1 / 3 },
    { threshold: 0.4, sensitivity: 2 / 3, falseMarksPerStudy: 2 / 3 },
  ]);
  expect(sensitivityAt(freeResponse(studies, on), 0.5)).toBeCloseTo(1 / 3);
  expect(sensitivityAt(freeResponse(studies, on), 1)).toBeCloseTo(2 / 3);
  expect(() => freeResponse([studies[1]!], on)).toThrow(/embolus/);
});

test("every point of the curve is what counting at its threshold gives, and both rates only grow", () => {
  const coordinate = fc.integer({ min: 0, max: 20 });
  const place = fc.tuple(coordinate, coordinate, fc.constant(0));
  const study = fc.record({
    marks: fc.array(fc.record({ place, score: fc.integer({ min: 0, max: 5 }) }), { maxLength: 6 }),
    emboli: fc.array(fc.record({ places: fc.array(place, { minLength: 1, maxLength: 3 }) }), { maxLength: 3 }),
  });
  fc.assert(
    fc.property(fc.array(study, { minLength: 1, maxLength: 5 }), (found) => {
      fc.pre(found.some(({ emboli }) => emboli.length > 0));
      const curve = freeResponse(found, on);
      curve.forEach((point, index) => {
        const counted = localisationAt(found, point.threshold, on);
        expect(counted.emboliHit.value).toBeCloseTo(point.sensitivity, 12);
        expect(counted.falseMarksPerStudy).toBeCloseTo(point.falseMarksPerStudy, 12);
        if (index > 0) {
          expect(point.sensitivity).toBeGreaterThanOrEqual(curve[index - 1]!.sensitivity);
          expect(point.falseMarksPerStudy).toBeGreaterThanOrEqual(curve[index - 1]!.falseMarksPerStudy);
        }
      });
    }),
  );
});
