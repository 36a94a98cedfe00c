/**
 * PyTorch checkpoints (.pt, .pth: a zip with a pickle and raw storages) read without executing anything in them.
 *
 *     const file = await openCheckpoint(source);
 *     const weight = await file.read("layer1.0.conv1.weight");
 *
 * torch/serialization.py of PyTorch 1.6 and later. The state dict is found where people keep it: at the top, or under a
 * key such as "state_dict", "model" or "model_state"; "module." in front of every name (DataParallel) is taken off.
 */
import { RefusedError } from "../../errors.ts";
import type { ByteSource } from "../../volume/source.ts";
import { decodeElements, type ElementArray, type ElementType, elementBytes, elementCount } from "./element-types.ts";
import {
  type PickleDictionary,
  PickleGlobal,
  PickleOther,
  type PickleReducers,
  type PickleValue,
  unpickle,
} from "./pickle.ts";
import type { TensorEntry, TensorFile } from "./tensor-file.ts";
import { readMember, readZipDirectory, type ZipMember } from "./zip-directory.ts";

/** A pickle larger than this holds more than names and shapes. */
const maximalPickleBytes = 256 * 1024 * 1024;

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

/** Elements kept outside the pickle, in a member of the archive. */
class Storage {
  readonly type: ElementType;
  readonly member: ZipMember;
  readonly count: number;
  constructor(type: ElementType, member: ZipMember, count: number) {
    this.type = type;
    this.member = member;
    this.count = count;
  }
}

/** A view of a storage. */
class StoredTensor {
  readonly storage: Storage;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  constructor(storage: Storage, offset: number, shape: readonly number[], strides: readonly number[]) {
    this.storage = storage;
    this.offset = offset;
    this.shape = shape;
    this.strides = strides;
  }
}

type Value = PickleValue<Storage | StoredTensor>;
type Dictionary = PickleDictionary<Storage | StoredTensor>;

function corrupt(source: ByteSource, what: string): RefusedError {
  return new RefusedError("file-corrupt", `${source.name}: ${what}`);
}

const isSizes = (value: Value | undefined): value is number[] =>
  Array.isArray(value) && value.every((size) => typeof size === "number" && Number.isSafeInteger(size) && size >= 0);

/** How many elements beyond the first a view reaches into its storage. */
function reach(shape: readonly number[], strides: readonly number[]): number {
  return shape.reduce((sum, size, axis) => sum + (size - 1) * strides[axis]!, 0);
}

/** torch._utils._rebuild_tensor_v2(storage, storage_offset, size, stride, …) */
function rebuildTensor(source: ByteSource, parameters: Value[]): StoredTensor {
  const [storage, offset, shape, strides] = parameters;
  if (!(storage instanceof Storage) || !isSizes([offset ?? null]) || !isSizes(shape) || !isSizes(strides)) {
    throw corrupt(source, "a tensor's description is damaged");
  }
  const start = offset as number;
  const count = elementCount(shape);
  if (count === undefined || strides.length !== shape.length) throw corrupt(source, `a tensor of shape [${shape}]`);
  // A view that repeats elements (stride 0) may claim any size from a small file, so none may.
  if (count > 0 && (reach(shape, strides) < count - 1 || start + reach(shape, strides) >= storage.count)) {
    throw corrupt(source, `a tensor of [${shape}] does not fit into its ${storage.count} elements`);
  }
  return new StoredTensor(storage, start, shape, strides);
}

/** Everything an honest checkpoint mentions, and what each means here. */
function meaning(
  source: ByteSource,
  members: ReadonlyMap<string, ZipMember>,
  folder: string,
): PickleReducers<Storage | StoredTensor> {
  const dictionary = ([pairs]: Value[]): Value => {
    const entries = new Map<Value, Value>();
    if (!Array.isArray(pairs)) return entries;
    for (const pair of pairs) if (Array.isArray(pair) && pair.length === 2) entries.set(pair[0]!, pair[1]!);
    return entries;
  };
  const other = (name: string) => [name, () => new PickleOther(name)] as const;
  const callables = new Map<string, ((parameters: Value[]) => Value) | undefined>([
    ["torch._utils._rebuild_tensor_v2", (parameters) => rebuildTensor(source, parameters)],
    ["torch._utils._rebuild_parameter", ([data]) => data ?? null],
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
    ["builtins.list", undefined],
    ["builtins.dict", undefined],
    ["__builtin__.list", undefined],
    ["__builtin__.dict", undefined],
  ]);
  for (const name of storageTypes.keys()) callables.set(name, undefined);
  return {
    callables,
    persistent: (key) => {
      const [kind, type, member, , count] = Array.isArray(key) ? key : [];
      const elements = type instanceof PickleGlobal ? storageTypes.get(type.name) : undefined;
      if (kind !== "storage" || !elements || typeof member !== "string" || !isSizes([count ?? null])) {
        throw corrupt(source, "a storage's description is damaged");
      }
      const found = members.get(`${folder}data/${member}`);
      if (!found) throw corrupt(source, `storage "${member}" is not in the archive`);
      if ((count as number) * elementBytes(elements) > found.size) {
        throw new RefusedError("file-truncated", `${source.name}: storage "${member}" is shorter than declared`);
      }
      return new Storage(elements, found, count as number);
    },
  };
}

/** How deep under the top a state dict is looked for. */
const maximalDepth = 4;

const holdsTensors = (dictionary: Dictionary): boolean =>
  [...dictionary].some(([key, value]) => typeof key === "string" && value instanceof StoredTensor);

/** Every dictionary of named tensors, once, with the keys that lead to it; an optimiser's are not weights. */
function* stateDicts(
  value: Value,
  path: readonly string[] = [],
  seen = new Set<Dictionary>(),
): Generator<{ path: string; tensors: Dictionary }> {
  if (!(value instanceof Map) || seen.has(value)) return;
  seen.add(value);
  if (holdsTensors(value)) {
    yield { path: path.join("."), tensors: value };
    return;
  }
  if (path.length === maximalDepth) return;
  for (const [key, inner] of value) {
    if (typeof key === "string" && !/optim|scheduler|scaler/i.test(key)) yield* stateDicts(inner, [...path, key], seen);
  }
}

/** Names people give the weights, best first, where a file holds several dictionaries (with an average, say). */
const customaryKeys = ["state_dict", "model_state_dict", "model_state", "model", "net", "network", "weights"];

function chooseStateDict(source: ByteSource, root: Value): Dictionary {
  const found = [...stateDicts(root)];
  if (found.length === 0) {
    throw new RefusedError("tensor-missing", `${source.name}: the checkpoint holds no named tensors`, {
      hint: "save the state dict: torch.save(model.state_dict(), path)",
    });
  }
  if (found.length === 1) return found[0]!.tensors;
  for (const key of customaryKeys) {
    const named = found.find(({ path }) => path === key);
    if (named) return named.tensors;
  }
  throw new RefusedError(
    "format-unknown",
    `${source.name}: the checkpoint holds several sets of weights: ${found.map(({ path }) => path).join(", ")}`,
    { hint: "save only the one you mean: torch.save(model.state_dict(), path)" },
  );
}

/** Prefixes that wrappers put in front of every name. */
const wrapperPrefixes = ["module.", "_orig_mod."];

function withoutWrapper(named: ReadonlyMap<string, StoredTensor>): ReadonlyMap<string, StoredTensor> {
  let bare = named;
  for (;;) {
    const names = [...bare.keys()];
    const prefix = wrapperPrefixes.find((own) => names.every((name) => name.startsWith(own)));
    if (prefix === undefined) return bare;
    bare = new Map([...bare].map(([name, tensor]) => [name.slice(prefix.length), tensor]));
  }
}

/** Copies a view's elements into row-major order. */
function gather(elements: ElementArray, { shape, strides }: StoredTensor): ElementArray {
  const count = elementCount(shape)!;
  const isContiguous = shape.every((size, axis) => size === 1 || strides[axis] === elementCount(shape.slice(axis + 1)));
  if (isContiguous) return elements.slice(0, count);
  const gathered = elements.slice(0, count);
  const index = shape.map(() => 0);
  let from = 0;
  for (let to = 0; to < count; to++) {
    gathered[to] = elements[from]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      from -= shape[axis]! * strides[axis]!;
      index[axis] = 0;
    }
  }
  return gathered;
}

function findPickle(source: ByteSource, members: ReadonlyMap<string, ZipMember>): ZipMember {
  const pickles = [...members.values()].filter(({ name }) => /^([^/]+\/)?data\.pkl$/.test(name));
  const [pickle] = pickles;
  if (!pickle || pickles.length > 1) {
    throw new RefusedError("format-unknown", `${source.name}: the archive is no PyTorch checkpoint`);
  }
  if (pickle.size > maximalPickleBytes) {
    throw new RefusedError("too-large", `${source.name}: ${pickle.size} bytes of names`);
  }
  return pickle;
}

/**
 * Reads a checkpoint's names and shapes.
 * @throws RefusedError checkpoint-unsafe when it asks for any code, file-corrupt, file-truncated, format-unknown
 */
export async function openCheckpoint(source: ByteSource): Promise<TensorFile> {
  const members = await readZipDirectory(source);
  const pickle = findPickle(source, members);
  const folder = pickle.name.slice(0, -"data.pkl".length);
  const byteOrder = members.get(`${folder}byteorder`);
  if (
    byteOrder &&
    new TextDecoder().decode(await readMember(source, byteOrder, 0, Math.min(byteOrder.size, 8))) !== "little"
  ) {
    throw new RefusedError("format-unknown", `${source.name}: the checkpoint was written big endian`);
  }
  const root = unpickle(source.name, await readMember(source, pickle), meaning(source, members, folder));
  const named = new Map<string, StoredTensor>();
  for (const [key, value] of chooseStateDict(source, root)) {
    if (typeof key === "string" && value instanceof StoredTensor) named.set(key, value);
  }
  const tensors = withoutWrapper(named);
  const entries = new Map<string, TensorEntry>(
    [...tensors].map(([name, { storage, shape }]) => [name, { name, type: storage.type, shape }]),
  );
  return {
    name: source.name,
    metadata: new Map(),
    entries,
    read: async (name) => {
      const tensor = tensors.get(name);
      if (!tensor) throw new RefusedError("tensor-missing", `${source.name}: there is no tensor "${name}"`);
      const { storage, offset, shape, strides } = tensor;
      const width = elementBytes(storage.type);
      const last = elementCount(shape) === 0 ? offset : offset + reach(shape, strides) + 1;
      const bytes = await readMember(source, storage.member, offset * width, last * width);
      return { type: storage.type, shape, values: gather(decodeElements(storage.type, bytes), tensor) };
    },
  };
}
