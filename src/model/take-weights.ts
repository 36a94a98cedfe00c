/**
 * Tensors of a file of weights into a network, by the names their authors gave them.
 *
 *     const { weights, loaded, drawn, notes } = await takeWeights(file, "stage-one", network);
 *
 * Nothing is matched silently: a head that the task replaces is drawn afresh and named, counters and classifiers that
 * have no place here are named as left out, and any other missing or extra tensor is refused.
 */
import { RefusedError } from "../errors.ts";
import { formatShape, type Shape, type TensorFile, toFloat32 } from "../graph/index.ts";
import type { ModelKind, Weights } from "./model.ts";

/** The network that weights are for. */
export interface WantedWeights {
  /** In a sentence: "tiny preset", "stage II of this run". */
  readonly wanted: string;
  readonly shapes: ReadonlyMap<string, Shape>;
  /** What is drawn where the file has nothing. */
  readonly initial: Weights;
}

export interface TakenWeights {
  readonly weights: Weights;
  /** Tensors taken over. */
  readonly loaded: readonly string[];
  /** Tensors of the network that the file has no use for: drawn afresh, to be trained. */
  readonly drawn: readonly string[];
  /** Tensors of the file that the network has no place for. */
  readonly ignored: readonly string[];
  /** What was changed on the way, in sentences. */
  readonly notes: readonly string[];
}

/** Parts of each network that another task replaces, and parts of its files that have no place in it. */
const replaceable: Readonly<Record<ModelKind, { readonly heads: RegExp; readonly others: RegExp }>> = {
  "stage-one": { heads: /^(fc|hidden)\./, others: /\.num_batches_tracked$/ },
  "two-stage": { heads: /^$/, others: /\.num_batches_tracked$/ },
  penet: { heads: /^classifier\./, others: /\.num_batches_tracked$/ },
  cnn3d: { heads: /^(conv_lstm|dense|fc)\./, others: /^logits\.|\.num_batches_tracked$/ },
};

/** Names that a network's files had under another name of the network: PENet was XNet when Kinetics trained it. */
const formerNames: Readonly<Partial<Record<ModelKind, readonly (readonly [RegExp, string])[]>>> = {
  penet: [[/\bxnet_blocks\b/g, "penet_blocks"]],
};

/** The file's tensors under the names that the network has now. */
function underPresentNames(file: TensorFile, kind: ModelKind): TensorFile {
  const present = (name: string) =>
    (formerNames[kind] ?? []).reduce((text, [former, now]) => text.replace(former, now), name);
  const former = new Map([...file.entries.keys()].map((name) => [present(name), name]));
  return {
    ...file,
    entries: new Map([...file.entries].map(([name, entry]) => [present(name), { ...entry, name: present(name) }])),
    read: (name) => file.read(former.get(name) ?? name),
  };
}

/** At most so many names stand in a message. */
const namesShown = 8;

function listed(names: readonly string[]): string {
  const shown = names.slice(0, namesShown).join(", ");
  return names.length > namesShown ? `${shown} and ${names.length - namesShown} more` : shown;
}

/** ImageNet's mean and standard deviation of red, green and blue, with which torchvision's weights were trained. */
const imageNet = [
  { mean: 0.485, deviation: 0.229 },
  { mean: 0.456, deviation: 0.224 },
  { mean: 0.406, deviation: 0.225 },
] as const;

interface Stem {
  readonly filter: Float32Array;
  /** Added to the running mean of the batch norm behind it. */
  readonly shift: Float32Array;
}

/**
 * A colour stem for grey slices: every slice gets the same share of the three filters' sum, so slices that are all alike
 * give what a grey picture gave. ImageNet's normalisation goes into the filters and the running mean after them.
 * @param filter [out, 3, kh, kw] @param slices how many channels it gets
 */
export function inflateRgbStem(filter: Float32Array, [outputs, , ...window]: Shape, slices: number): Stem {
  const taps = window.reduce((product, size) => product * size, 1);
  const spread = new Float32Array(outputs! * slices * taps);
  const shift = new Float32Array(outputs!);
  for (let output = 0; output < outputs!; output++) {
    for (let tap = 0; tap < taps; tap++) {
      let sum = 0;
      imageNet.forEach(({ mean, deviation }, colour) => {
        const scaled = filter[(output * imageNet.length + colour) * taps + tap]! / deviation;
        sum += scaled;
        shift[output]! += scaled * mean;
      });
      for (let slice = 0; slice < slices; slice++) spread[(output * slices + slice) * taps + tap] = sum / slices;
    }
  }
  return { filter: spread, shift };
}

const stemName = "conv1.weight";
const stemMeanName = "bn1.running_mean";

/** Whether the file's stem takes colour where the network takes slices. */
function isColourStem(kind: ModelKind, shape: Shape, needed: Shape): boolean {
  return (
    kind === "stage-one" && shape[1] === imageNet.length && needed[1] !== imageNet.length && sameBut1(shape, needed)
  );
}

const sameBut1 = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((size, axis) => axis === 1 || size === b[axis]);

/**
 * @throws RefusedError tensor-missing, tensor-unexpected or tensor-mismatch, naming the tensors
 */
export async function takeWeights(
  source: TensorFile,
  kind: ModelKind,
  { wanted, shapes, initial }: WantedWeights,
): Promise<TakenWeights> {
  const file = underPresentNames(source, kind);
  const { heads, others } = replaceable[kind];
  const [loaded, drawn, ignored, notes]: [string[], string[], string[], string[]] = [[], [], [], []];
  const missing: string[] = [];
  const weights = new Map(initial);
  // A file that has a part of a fitting head has lost the rest.
  const keepsHead = [...shapes].some(
    ([name, needed]) => heads.test(name) && file.entries.get(name)?.shape.join() === needed.join(),
  );
  let stem: Stem | undefined;
  for (const [name, needed] of shapes) {
    const entry = file.entries.get(name);
    const fits = entry?.shape.join() === needed.join();
    if (entry && fits) {
      weights.set(name, toFloat32(await file.read(name)).slice());
      loaded.push(name);
    } else if (entry && name === stemName && isColourStem(kind, entry.shape, needed)) {
      stem = inflateRgbStem(toFloat32(await file.read(name)), entry.shape, needed[1]!);
      weights.set(name, stem.filter);
      loaded.push(name);
      notes.push(
        `${name}: ${entry.shape[1]} colour channels spread over ${needed[1]} slices, each with the sum of all over ` +
          `${needed[1]}; ImageNet's mean and deviation went into it and into ${stemMeanName}`,
      );
    } else if (heads.test(name) && !keepsHead) {
      drawn.push(name);
      if (entry) ignored.push(name);
    } else if (entry) {
      throw new RefusedError(
        "tensor-mismatch",
        `${file.name}: "${name}" is ${formatShape(entry.shape)} where the ${wanted} needs ${formatShape(needed)}`,
      );
    } else {
      missing.push(name);
    }
  }
  if (missing.length > 0) {
    throw new RefusedError("tensor-missing", `${file.name}: not in the file: ${listed(missing)}`, {
      hint: `check that these are weights of the ${wanted}`,
    });
  }
  const extra = [...file.entries.keys()].filter((name) => !shapes.has(name));
  const unexpected = extra.filter((name) => !others.test(name) && !heads.test(name));
  if (unexpected.length > 0) {
    throw new RefusedError("tensor-unexpected", `${file.name}: not in the network: ${listed(unexpected)}`);
  }
  ignored.push(...extra);
  const runningMean = weights.get(stemMeanName);
  if (stem && runningMean) runningMean.set(stem.shift.map((shift, output) => shift + runningMean[output]!));
  if (drawn.length > 0) notes.push(`${listed(drawn)}: drawn afresh, to be trained`);
  return { weights, loaded, drawn, ignored, notes };
}
