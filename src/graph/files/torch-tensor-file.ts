/**
 * What a checkpoint's pickle holds as a file of named tensors.
 *
 *     const file = torchTensorFile("resnet18.pth", unpickle("resnet18.pth", bytes, reducers));
 */
import { RefusedError } from "../../errors.ts";
import { decodeElements, type ElementArray, elementCount } from "./element-types.ts";
import type { PickleValue } from "./pickle.ts";
import { chooseStateDict, withoutWrapper } from "./state-dict.ts";
import type { TensorEntry, TensorFile } from "./tensor-file.ts";
import { reach, type StoredTensor, type TorchStorage } from "./torch-tensors.ts";

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

/**
 * The weights a checkpoint's pickle names, to be read one by one.
 * @param name of the file
 * @param root what the pickle holds
 * @throws RefusedError tensor-missing, format-unknown
 */
export function torchTensorFile(name: string, root: PickleValue<TorchStorage | StoredTensor>): TensorFile {
  const tensors = withoutWrapper(chooseStateDict(name, root));
  const entries = new Map<string, TensorEntry>(
    [...tensors].map(([entry, { storage, shape }]) => [entry, { name: entry, type: storage.type, shape }]),
  );
  return {
    name,
    metadata: new Map(),
    entries,
    read: async (entry) => {
      const tensor = tensors.get(entry);
      if (!tensor) throw new RefusedError("tensor-missing", `${name}: there is no tensor "${entry}"`);
      const { storage, offset, shape, strides } = tensor;
      const last = elementCount(shape) === 0 ? offset : offset + reach(shape, strides) + 1;
      const bytes = await storage.read(offset, last);
      return { type: storage.type, shape, values: gather(decodeElements(storage.type, bytes), tensor) };
    },
  };
}
