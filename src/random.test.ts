import { expect, test } from "vitest";
import { philox, Random } from "./random.ts";

test("philox gives the known answers of its authors' test file", () => {
  const out = new Uint32Array(4);
  philox(0, 0, 0, 0, 0, 0, out);
  expect([...out]).toEqual([0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]);
  philox(0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, out);
  expect([...out]).toEqual([0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd]);
  philox(0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0, out);
  expect([...out]).toEqual([0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1]);
});

test("the same seed and stream give the same numbers, another stream gives others", () => {
  const draw = (random: Random) => Array.from({ length: 9 }, () => random.bits());
  expect(draw(new Random(7, "a"))).toEqual(draw(new Random(7, "a")));
  expect(draw(new Random(7, "a"))).not.toEqual(draw(new Random(7, "b")));
  expect(draw(new Random(7, "a"))).not.toEqual(draw(new Random(8, "a")));
});

test("normal numbers have mean 0 and deviation 1, uniform ones mean 1/2", () => {
  const random = new Random(1, "moments");
  const normals = Array.from({ length: 20_000 }, () => random.normal());
  const mean = normals.reduce((sum, value) => sum + value, 0) / normals.length;
  const variance = normals.reduce((sum, value) => sum + (value - mean) ** 2, 0) / normals.length;
  expect(Math.abs(mean)).toBeLessThan(0.03);
  expect(Math.abs(variance - 1)).toBeLessThan(0.05);
  const uniforms = Array.from({ length: 20_000 }, () => random.uniform());
  expect(Math.abs(uniforms.reduce((sum, value) => sum + value, 0) / 20_000 - 0.5)).toBeLessThan(0.01);
});

test("an array filled with normal numbers has their moments, no ties between neighbours, and depends on its place alone", () => {
  const values = new Float32Array(20_003);
  new Random(1, "filled").fillNormal(values, 0.5);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const moment = (power: number) => values.reduce((sum, value) => sum + (value / 0.5) ** power, 0) / values.length;
  expect(Math.abs(mean)).toBeLessThan(0.01);
  expect(moment(2)).toBeCloseTo(1, 1);
  expect(moment(4)).toBeGreaterThan(2.8);
  expect(moment(4)).toBeLessThan(3.2);
  const product = values.reduce((sum, value, at) => sum + value * (values[at + 1] ?? 0), 0) / values.length;
  expect(Math.abs(product)).toBeLessThan(0.01);
  const start = new Float32Array(7);
  new Random(1, "filled").fillNormal(start, 0.5);
  expect(start).toEqual(values.slice(0, 7));
});

test("a shuffle keeps every item", () => {
  const items = Array.from({ length: 100 }, (_, index) => index);
  const shuffled = new Random(3).shuffle(items);
  expect(shuffled).not.toEqual(items);
  expect([...shuffled].sort((a, b) => a - b)).toEqual(items);
});
