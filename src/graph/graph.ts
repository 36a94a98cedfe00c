/**
 * A graph: named inputs, parameters with their initial values, named outputs and the values that replace parameters
 * after a step (running statistics).
 *
 *     const graph = new Graph({ training: true, seed: 7 });
 *     const x = graph.input("x", [4, 5, 64, 64]);
 *     const stem = graph.scope("layer1.0");
 *     const weight = stem.parameter("conv1.weight", [8, 5, 3, 3], { initial: kaimingNormal });   // layer1.0.conv1.weight
 *     graph.output("features", relu(conv(x, weight, { padding: 1 })));
 *
 * A network is a function of tensors and a `Scope`; the scope gives its parameters their names.
 */
import { UsageError } from "../errors.ts";
import { Random } from "../random.ts";
import type { Initializer } from "./initializers.ts";
import { type DataType, formatShape, numElements, type Shape, sameShape, Tensor } from "./tensor.ts";

export interface ParameterOptions {
  readonly initial: Initializer;
  /** Whether an optimiser may change it. Running statistics are parameters that it may not. Default true. */
  readonly trainable?: boolean;
}

export interface Parameter {
  readonly name: string;
  readonly tensor: Tensor;
  readonly trainable: boolean;
  /** Draws the initial values; the same ones each time. */
  readonly draw: () => Float32Array;
}

/** A place in the names of parameters: "layer1.0" makes "conv1.weight" into "layer1.0.conv1.weight". */
export interface Scope {
  /** Whether the graph is built for a training step: batch statistics instead of running ones, dropout. */
  readonly training: boolean;
  /** @throws UsageError name-taken */
  parameter(name: string, shape: Shape, options: ParameterOptions): Tensor;
  /** The value a parameter takes after the step, for those that no optimiser changes. */
  update(parameter: Tensor, value: Tensor): void;
  /** An input under the scope's name, for masks of dropout. @throws UsageError name-taken */
  input(name: string, shape: Shape, type?: DataType): Tensor;
  scope(name: string): Scope;
}

export interface GraphOptions {
  /** Default false. */
  readonly training?: boolean;
  /** Seeds the initial values. Default 0. */
  readonly seed?: number;
}

export class Graph implements Scope {
  readonly training: boolean;
  readonly #seed: number;
  readonly #inputs = new Map<string, Tensor>();
  readonly #parameters = new Map<string, Parameter>();
  readonly #outputs = new Map<string, Tensor>();
  readonly #updates = new Map<string, Tensor>();

  constructor(options: GraphOptions = {}) {
    this.training = options.training ?? false;
    this.#seed = options.seed ?? 0;
  }

  get inputs(): ReadonlyMap<string, Tensor> {
    return this.#inputs;
  }

  get parameters(): ReadonlyMap<string, Parameter> {
    return this.#parameters;
  }

  get outputs(): ReadonlyMap<string, Tensor> {
    return this.#outputs;
  }

  /** Parameter name to the value it takes after a step. */
  get updates(): ReadonlyMap<string, Tensor> {
    return this.#updates;
  }

  input(name: string, shape: Shape, type: DataType = "float32"): Tensor {
    this.#claim(name);
    const tensor = new Tensor({ shape, type }, { kind: "input", name });
    this.#inputs.set(name, tensor);
    return tensor;
  }

  parameter(name: string, shape: Shape, options: ParameterOptions): Tensor {
    this.#claim(name);
    const tensor = new Tensor({ shape, type: "float32" }, { kind: "parameter", name });
    const draw = (): Float32Array => {
      const values = options.initial(shape, new Random(this.#seed, "parameter", name));
      if (values.length !== numElements(shape)) {
        throw new UsageError("shape-mismatch", `${name}: ${values.length} initial values for ${formatShape(shape)}`);
      }
      return values;
    };
    this.#parameters.set(name, { name, tensor, trainable: options.trainable ?? true, draw });
    return tensor;
  }

  update(parameter: Tensor, value: Tensor): void {
    const { producer } = parameter;
    if (producer.kind !== "parameter" || this.#parameters.get(producer.name)?.tensor !== parameter) {
      throw new UsageError("graph-invalid", "update: only a parameter of the same graph can be updated");
    }
    if (!sameShape(parameter.shape, value.shape)) {
      throw new UsageError(
        "shape-mismatch",
        `${producer.name}: updated with ${formatShape(value.shape)} instead of ${formatShape(parameter.shape)}`,
      );
    }
    this.#updates.set(producer.name, value);
  }

  /** @throws UsageError name-taken */
  output(name: string, tensor: Tensor): void {
    this.#claim(name);
    this.#outputs.set(name, tensor);
  }

  scope(name: string): Scope {
    return new NestedScope(this, `${name}.`);
  }

  #claim(name: string): void {
    if (this.#inputs.has(name) || this.#parameters.has(name) || this.#outputs.has(name)) {
      throw new UsageError("name-taken", `the graph already has an input, a parameter or an output ${name}`);
    }
  }
}

class NestedScope implements Scope {
  readonly #graph: Graph;
  readonly #prefix: string;

  constructor(graph: Graph, prefix: string) {
    this.#graph = graph;
    this.#prefix = prefix;
  }

  get training(): boolean {
    return this.#graph.training;
  }

  parameter(name: string, shape: Shape, options: ParameterOptions): Tensor {
    return this.#graph.parameter(this.#prefix + name, shape, options);
  }

  update(parameter: Tensor, value: Tensor): void {
    this.#graph.update(parameter, value);
  }

  input(name: string, shape: Shape, type?: DataType): Tensor {
    return this.#graph.input(this.#prefix + name, shape, type);
  }

  scope(name: string): Scope {
    return new NestedScope(this.#graph, `${this.#prefix}${name}.`);
  }
}
