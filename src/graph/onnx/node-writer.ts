/**
 * What an operation's kernel writes its nodes with: collects nodes and constants of one model.
 *
 *     const writer = new NodeWriter({ nchwcBlock: 16, constantWeights: false, dynamicShapes: false }, names);
 *     const flat = writer.node("Reshape", [x, writer.integers([-1])]);
 *     writer.written;                                   // the nodes, in the order of their writing
 */
import type { DataType, KernelWriter, NodeAttributes, Shape, Values } from "../tensor.ts";
import type { Constant, Node } from "./messages.ts";

/** Constants of more values are not looked for among those already written. */
const mostCompared = 1024;

/** What a model is written for. */
export type WriterSettings = Pick<KernelWriter, "nchwcBlock" | "constantWeights"> & {
  /** Whether lists of integers are read from an input instead of being constants. */
  readonly dynamicShapes: boolean;
};

/** Integers that are read from an input. */
export interface HiddenIntegers {
  readonly name: string;
  readonly values: readonly number[];
}

/** Collects nodes and constants; the same node asked for twice is written once. */
export class NodeWriter implements KernelWriter {
  readonly #settings: WriterSettings;
  readonly written: Node[] = [];
  readonly constants: Constant[] = [];
  /** Operator sets beside ONNX's own. */
  readonly domains = new Set<string>();
  /** Lists of integers that the model is to read from an input, each once. */
  readonly hidden = new Map<string, HiddenIntegers>();
  /** The shapes of results that are worth preparing. */
  readonly worthPreparing = new Map<string, Shape>();
  readonly #known = new Map<string, string[]>();
  readonly #parent: NodeWriter | undefined;
  /** Names of the graph's own, which no result of a node may get. */
  readonly #taken: ReadonlySet<string>;
  #names = 0;

  constructor(settings: WriterSettings, taken: ReadonlySet<string>, parent?: NodeWriter) {
    this.#settings = settings;
    this.#taken = taken;
    this.#parent = parent;
  }

  get nchwcBlock(): number {
    return this.#settings.nchwcBlock;
  }

  get constantWeights(): boolean {
    return this.#settings.constantWeights;
  }

  withoutCse(): KernelWriter {
    return new NodeWriter(this.#settings, this.#taken, this.#parent ?? this);
  }

  node(type: string, inputs: readonly string[], attributes: NodeAttributes = {}): string {
    return this.nodes(type, inputs, 1, attributes)[0]!;
  }

  nodes(type: string, inputs: readonly string[], outputs: number, attributes: NodeAttributes = {}): string[] {
    const key = `${type}(${inputs.join()})${outputs}${Object.entries(attributes).join(";")}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const names = Array.from({ length: outputs }, () => this.name());
    this.add(type, inputs, names, attributes);
    this.#known.set(key, names);
    return names;
  }

  add(fullType: string, inputs: readonly string[], outputs: readonly string[], attributes: NodeAttributes): void {
    const [type, domain] = fullType.split("@") as [string, string | undefined];
    const root = this.#parent ?? this;
    if (domain !== undefined) root.domains.add(domain);
    root.written.push({ type, domain, inputs, outputs, attributes });
  }

  hoistConstant(name: string, shape: Shape): string {
    (this.#parent ?? this).worthPreparing.set(name, shape);
    return name;
  }

  floats(values: readonly number[] | Float32Array, shape: Shape): string {
    return this.constant(Float32Array.from(values), shape, "float32");
  }

  integers(values: readonly number[], shape: Shape = [values.length]): string {
    if (this.#settings.dynamicShapes && shape.length === 1) return (this.#parent ?? this).#hiddenIntegers(values);
    return this.constant(BigInt64Array.from(values.map(BigInt)), shape, "int64");
  }

  constant(values: Values, shape: Shape, type: DataType): string {
    const key = values.length <= mostCompared ? `${type}[${shape.join()}]${values.join()}` : undefined;
    const known = key === undefined ? undefined : this.#known.get(key)?.[0];
    if (known !== undefined) return known;
    const name = this.name();
    this.namedConstant(name, values, shape, type);
    if (key !== undefined) this.#known.set(key, [name]);
    return name;
  }

  namedConstant(name: string, values: Values, shape: Shape, type: DataType): void {
    (this.#parent ?? this).constants.push({ name, values, shape, type });
  }

  #hiddenIntegers(values: readonly number[]): string {
    const key = values.join();
    const known = this.hidden.get(key);
    if (known !== undefined) return known.name;
    const name = this.name();
    this.hidden.set(key, { name, values });
    return name;
  }

  /** One that nothing in the model has yet. */
  name(): string {
    const root = this.#parent ?? this;
    let name: string;
    do name = `t${++root.#names}`;
    while (root.#taken.has(name));
    return name;
  }
}
