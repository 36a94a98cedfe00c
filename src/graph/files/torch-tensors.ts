/**
 * Tensors as PyTorch's pickles describe them: views of storages whose elements lie elsewhere in the file.
 *
 *     const reducers = torchReducers("resnet18.pth", (key) => storageOf(key));
 *     const root = unpickle("resnet18.pth", bytes, reducers);              // dictionaries that hold StoredTensors
 *
 * What both of PyTorch's formats share (torch/_utils.py and torch/serialization.py, versions 0.1.10 to 2): where the
 * elements lie is each format's own, see checkpoint.ts and legacy-checkpoint.ts.
 */
import { RefusedError } from "../../errors.ts";
import { type ElementType, elementCount } from "./element-types.ts";
import { PickleGlobal, PickleOther, type PickleReducers, type PickleValue } from "./pickle.ts";

const storageTypes: ReadonlyMap<string, ElementType> = new Map([
  ["torch.DoubleStorage", "F64"],
  ["torch.FloatStorage", "F32"],
  ["torch.HalfStorage", "F16"],
  ["torch.BFloat16Storage", "BF16"],
  ["torch.LongStorage", "I64"],
  ["torch.IntStorage", "I32"],
  ["torch.ShortStorage", "I16"],
  ["torch.CharStorage", "I8"],
  ["torch.ByteStorage", "U8"],
  ["torch.BoolStorage", "BOOL"],
]);

/** Elements outside the pickle. */
export class TorchStorage {
  readonly type: ElementType;
  readonly count: number;
  /** The bytes of elements `first` to `end`, little-endian. */
  readonly read: (first: number, end: number) => Promise<Uint8Array>;
  constructor(type: ElementType, count: number, read: TorchStorage["read"]) {
    this.type = type;
    this.count = count;
    this.read = read;
  }
}

/** A view of a storage. */
export class StoredTensor {
  readonly storage: TorchStorage;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  constructor(storage: TorchStorage, offset: number, shape: readonly number[], strides: readonly number[]) {
    this.storage = storage;
    this.offset = offset;
    this.shape = shape;
    this.strides = strides;
  }
}

type Value = PickleValue<TorchStorage | StoredTensor>;

/** What a storage is called in a pickle, as both formats begin its description. */
export interface StorageKey {
  readonly type: ElementType;
  readonly key: string;
  /** Elements. */
  readonly count: number;
  /** What the format's own version adds. */
  readonly view: Value | undefined;
}

export function corrupt(name: string, what: string): RefusedError {
  return new RefusedError("file-corrupt", `${name}: ${what}`);
}

export const isSizes = (value: Value | undefined): value is number[] =>
  Array.isArray(value) && value.every((size) => typeof size === "number" && Number.isSafeInteger(size) && size >= 0);

/** How many elements beyond the first a view reaches into its storage. */
export function reach(shape: readonly number[], strides: readonly number[]): number {
  return shape.reduce((sum, size, axis) => sum + (size - 1) * strides[axis]!, 0);
}

/** torch._utils._rebuild_tensor(storage, storage_offset, size, stride), and _rebuild_tensor_v2 with more behind it. */
function rebuildTensor(name: string, parameters: Value[]): StoredTensor {
  const [storage, offset, shape, strides] = parameters;
  if (!(storage instanceof TorchStorage) || !isSizes([offset ?? null]) || !isSizes(shape) || !isSizes(strides)) {
    throw corrupt(name, "a tensor's description is damaged");
  }
  const start = offset as number;
  const count = elementCount(shape);
  if (count === undefined || strides.length !== shape.length) throw corrupt(name, `a tensor of shape [${shape}]`);
  // A view that repeats elements (stride 0) may claim any size from a small file, so none may.
  if (count > 0 && (reach(shape, strides) < count - 1 || start + reach(shape, strides) >= storage.count)) {
    throw corrupt(name, `a tensor of [${shape}] does not fit into its ${storage.count} elements`);
  }
  return new StoredTensor(storage, start, shape, strides);
}

/**
 * Everything an honest checkpoint mentions, and what each means here.
 * @param name of the file, for messages
 * @param storageOf where a storage's elements lie
 */
export function torchReducers(
  name: string,
  storageOf: (key: StorageKey) => TorchStorage,
): PickleReducers<TorchStorage | StoredTensor> {
  const dictionary = ([pairs]: Value[]): Value => {
    const entries = new Map<Value, Value>();
    if (!Array.isArray(pairs)) return entries;
    for (const pair of pairs) if (Array.isArray(pair) && pair.length === 2) entries.set(pair[0]!, pair[1]!);
    return entries;
  };
  const other = (known: string) => [known, () => new PickleOther(known)] as const;
  const callables = new Map<string, ((parameters: Value[]) => Value) | undefined>([
    ["torch._utils._rebuild_tensor", (parameters) => rebuildTensor(name, parameters)],
    ["torch._utils._rebuild_tensor_v2", (parameters) => rebuildTensor(name, parameters)],
    ["torch._utils._rebuild_parameter", ([data]) => data ?? null],
    ["torch.nn.parameter.Parameter", ([data]) => data ?? null],
    ["collections.OrderedDict", dictionary],
    ["collections.defaultdict", () => new Map()],
    ["torch.Size", ([sizes]) => sizes ?? null],
    // Kept beside the weights by common training scripts: scores, arguments, where the weights lay.
    other("argparse.Namespace"),
    other("torch.device"),
    other("numpy.core.multiarray.scalar"),
    other("numpy._core.multiarray.scalar"),
    other("numpy.dtype"),
    other("_codecs.encode"),
    other("builtins.set"),
    other("__builtin__.set"),
    other("collections.Counter"),
    ["builtins.list", undefined],
    ["builtins.dict", undefined],
    ["__builtin__.list", undefined],
    ["__builtin__.dict", undefined],
  ]);
  for (const type of storageTypes.keys()) callables.set(type, undefined);
  return {
    callables,
    persistent: (description) => {
      const [kind, type, key, , count, view] = Array.isArray(description) ? description : [];
      const elements = type instanceof PickleGlobal ? storageTypes.get(type.name) : undefined;
      if (kind !== "storage" || !elements || typeof key !== "string" || !isSizes([count ?? null])) {
        throw corrupt(name, "a storage's description is damaged");
      }
      return storageOf({ type: elements, key, count: count as number, view: view ?? undefined });
    },
  };
}
