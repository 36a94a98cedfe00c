/**
 * The state dict inside a checkpoint: where people keep it, and what wrappers put in front of its names.
 *
 *     const named = withoutWrapper(chooseStateDict("best.pth.tar", root));
 *
 * It stands at the top, or under a key such as "state_dict", "model" or "model_state"; "module." in front of every name
 * (DataParallel) is taken off.
 */
import { RefusedError } from "../../errors.ts";
import type { PickleDictionary, PickleValue } from "./pickle.ts";
import { StoredTensor, type TorchStorage } from "./torch-tensors.ts";

type Value = PickleValue<TorchStorage | StoredTensor>;
type Dictionary = PickleDictionary<TorchStorage | StoredTensor>;

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

function tensorsIn(dictionary: Dictionary): ReadonlyMap<string, StoredTensor> {
  const named = new Map<string, StoredTensor>();
  for (const [key, value] of dictionary) {
    if (typeof key === "string" && value instanceof StoredTensor) named.set(key, value);
  }
  return named;
}

/** Names people give the weights, best first, where a file holds several dictionaries (with an average, say). */
const customaryKeys = ["state_dict", "model_state_dict", "model_state", "model", "net", "network", "weights"];

/**
 * The named tensors that are a network's weights.
 * @param name of the file, for messages
 * @throws RefusedError tensor-missing without any, format-unknown where several could be meant
 */
export function chooseStateDict(name: string, root: Value): ReadonlyMap<string, StoredTensor> {
  const found = [...stateDicts(root)];
  if (found.length === 0) {
    throw new RefusedError("tensor-missing", `${name}: the checkpoint holds no named tensors`, {
      hint: "save the state dict: torch.save(model.state_dict(), path)",
    });
  }
  if (found.length === 1) return tensorsIn(found[0]!.tensors);
  for (const key of customaryKeys) {
    const named = found.find(({ path }) => path === key);
    if (named) return tensorsIn(named.tensors);
  }
  throw new RefusedError(
    "format-unknown",
    `${name}: the checkpoint holds several sets of weights: ${found.map(({ path }) => path).join(", ")}`,
    { hint: "save only the one you mean: torch.save(model.state_dict(), path)" },
  );
}

/** Prefixes that wrappers put in front of every name. */
const wrapperPrefixes = ["module.", "_orig_mod."];

export function withoutWrapper(named: ReadonlyMap<string, StoredTensor>): ReadonlyMap<string, StoredTensor> {
  let bare = named;
  for (;;) {
    const names = [...bare.keys()];
    const prefix = wrapperPrefixes.find((own) => names.every((name) => name.startsWith(own)));
    if (prefix === undefined) return bare;
    bare = new Map([...bare].map(([name, tensor]) => [name.slice(prefix.length), tensor]));
  }
}
