import { expect, it } from "vitest";
import { Random } from "../random.ts";
import { conv, Graph, gradients, multiply, reshape, sum, type Tensor, tanh, vjp, writeModel } from "./index.ts";
import { createRuntime } from "./node/index.ts";
import { runOnce } from "./runtime/session.ts";

const graph = new Graph();
const [x, w, dy] = [graph.input("x", [1, 2, 5, 5]), graph.input("w", [3, 2, 3, 3]), graph.input("dy", [1, 3, 5, 5])];
const y = tanh(conv(x, w, { padding: 1 }));

it("a vector-Jacobian product is the gradient of the product with what it is given, without that product", async () => {
  const numbers = new Random(1, "vjp");
  const values = ({ size }: Tensor) => Float32Array.from({ length: size }, () => numbers.uniform() - 0.5);
  const [dx, dw] = vjp(y, dy, [x, w]) as [Tensor, Tensor];
  const [byProductX, byProductW] = gradients(sum(multiply(y, dy)), [x, w]) as [Tensor, Tensor];
  const outputs = new Map(Object.entries({ dx, dw, byProductX, byProductW }));
  const runtime = await createRuntime({ device: "cpu", threads: 1 });
  const found = await runOnce(runtime.load(writeModel({ outputs })), { x: values(x), w: values(w), dy: values(dy) });
  expect(found.dx).toEqual(found.byProductX);
  expect(found.dw).toEqual(found.byProductW);
  expect(found.dw!.some((value) => Math.abs(Number(value)) > 0.01)).toBe(true);
});

it("a vector-Jacobian product needs a derivative of the output's shape, and says both", () => {
  expect(() => vjp(y, reshape(dy, [3, 25]), [x])).toThrow(
    expect.objectContaining({ code: "shape-mismatch", message: expect.stringMatching(/3 x 25 for 1 x 3 x 5 x 5/) }),
  );
});
