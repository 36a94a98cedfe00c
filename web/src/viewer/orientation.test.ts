import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cross, type Geometry, patientPoint, type Triple } from "../../../src/volume/index.ts";
import { planeOrientations } from "./orientation.ts";

const geometry = (axes: Geometry["axes"]): Geometry => ({
  size: [8, 8, 8],
  spacing: [1, 1, 1],
  origin: patientPoint(0, 0, 0),
  axes,
});
const dot = (a: Triple, b: Triple) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];

describe("the orientation of the planes", () => {
  test("of a CT straight across the patient is the usual one, whichever way its slices are counted", () => {
    for (const z of [1, -1]) {
      const { axial, coronal, sagittal } = planeOrientations(
        geometry([
          [1, 0, 0],
          [0, 1, 0],
          [0, 0, z],
        ]),
      );
      expect(axial).toEqual({ viewPlaneNormal: [0, 0, -1], viewUp: [0, -1, 0], axis: 2 });
      expect(coronal).toEqual({ viewPlaneNormal: [0, -1, 0], viewUp: [0, 0, 1], axis: 1 });
      expect(sagittal).toEqual({ viewPlaneNormal: [1, 0, 0], viewUp: [0, 0, 1], axis: 0 });
    }
  });

  test("shows the acquired slices of a CT that was made coronally in the coronal plane", () => {
    const { coronal } = planeOrientations(
      geometry([
        [1, 0, 0],
        [0, 0, -1],
        [0, 1, 0],
      ]),
    );
    expect(coronal).toEqual({ viewPlaneNormal: [0, -1, 0], viewUp: [0, 0, 1], axis: 2 });
  });

  test("follows the tilt of the slices, at right angles and with another axis for each plane", () => {
    fc.assert(
      fc.property(fc.double({ min: -0.6, max: 0.6, noNaN: true }), (tilt) => {
        const down: Triple = [0, Math.cos(tilt), Math.sin(tilt)];
        const planes = planeOrientations(geometry([[1, 0, 0], down, cross([1, 0, 0], down)]));
        expect(Math.abs(dot(planes.axial.viewPlaneNormal, down))).toBeLessThan(1e-9);
        expect(planes.axial.viewPlaneNormal[2]).toBeLessThan(0);
        for (const { viewPlaneNormal, viewUp } of Object.values(planes)) {
          expect(Math.abs(dot(viewPlaneNormal, viewUp))).toBeLessThan(1e-9);
        }
        expect(new Set(Object.values(planes).map(({ axis }) => axis)).size).toBe(3);
      }),
    );
  });
});
