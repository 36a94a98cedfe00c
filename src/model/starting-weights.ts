/**
 * Weights that a training starts from: a model of another hospital, or public weights as they were published.
 *
 *     const start = await startingWeights(source, { network: "stage-one", description, seed: 1 });
 *     start.notes;        // "conv1.weight: 3 colour channels spread over 5 slices …"
 *     start.training;     // goes into the new model, so that nobody is judged on a patient these weights have learned from
 *
 * A model of ours gives the part of it that is trained: stage II of a two-stage model, say. Whatever the file is, what was
 * taken, spread or drawn afresh is named, and a file of another network is refused.
 */
import { RefusedError, UsageError } from "../errors.ts";
import { openTensorFile, type Shape, type TensorFile } from "../graph/index.ts";
import type { ByteSource } from "../volume/index.ts";
import { foreignTraining } from "./import-weights.ts";
import {
  initialWeights,
  type Model,
  type ModelDescription,
  type ModelKind,
  type Provenance,
  stagePrefixes,
  weightShapes,
  weightsUnder,
} from "./model.ts";
import { isModelFile, readModel, sha256 } from "./model-file.ts";
import { type NormalisationSettings, torchNormalisation } from "./normalisation.ts";
import { type TakenWeights, takeWeights } from "./take-weights.ts";

/** What `train` trains. */
export const trainedNetworks = ["stage-one", "stage-two", "penet", "cnn3d"] as const;
export type TrainedNetwork = (typeof trainedNetworks)[number];

export interface StartRequest {
  readonly network: TrainedNetwork;
  /** The model that the training will write: a two-stage one for stage II. */
  readonly description: ModelDescription;
  /** Of what is drawn. */
  readonly seed: number;
}

export interface StartingWeights extends TakenWeights {
  /** The file's name, and its SHA-256 in hexadecimal. */
  readonly file: string;
  readonly sha256: string;
  /** How these weights came about, and whom they have learned from. */
  readonly training: readonly Provenance[];
  /** Of the batch norm that they were trained with, where that is another than the description's. */
  readonly normalisation: NormalisationSettings | undefined;
}

/** Kinds of model that hold a network's weights, and the prefix of their names there. */
const holders: Readonly<Record<TrainedNetwork, Partial<Record<ModelKind, string | null>>>> = {
  "stage-one": { "stage-one": null, "two-stage": stagePrefixes.one },
  "stage-two": { "two-stage": stagePrefixes.two },
  penet: { penet: null },
  cnn3d: { cnn3d: null },
};

/** Which kind's rules say what may be missing in a file. */
const kindOf: Readonly<Record<TrainedNetwork, ModelKind>> = {
  "stage-one": "stage-one",
  "stage-two": "two-stage",
  penet: "penet",
  cnn3d: "cnn3d",
};

function wantedBy({ network, description, seed }: StartRequest) {
  const [shapes, initial] = [weightShapes(description), initialWeights(description, seed)];
  const wanted = `${description.preset} preset of ${network}`;
  if (network !== "stage-two") return { wanted, shapes, initial };
  const prefix = `${stagePrefixes.two}.`;
  const own = [...shapes].filter(([name]) => name.startsWith(prefix));
  const named = own.map(([name, shape]): [string, Shape] => [name.slice(prefix.length), shape]);
  return { wanted, shapes: new Map(named), initial: weightsUnder(initial, stagePrefixes.two) };
}

/** The batch norm of the part that is trained. */
function normalisationOf(model: ModelDescription, network: TrainedNetwork): NormalisationSettings | undefined {
  switch (model.kind) {
    case "stage-one":
      return model.stageOne.normalisation;
    case "two-stage":
      return network === "stage-two" ? model.stageTwo.normalisation : model.stageOne.normalisation;
    case "cnn3d":
      return model.cnn3d.normalisation;
    case "penet":
      return undefined;
  }
}

/** A model's part as a file of tensors, with the shapes its own settings give them. */
function partOf(model: Model, prefix: string | null, name: string): TensorFile {
  const own = prefix === null ? model.weights : weightsUnder(model.weights, prefix);
  const shapes = weightShapes(model);
  const shapeOf = (entry: string) => shapes.get(prefix === null ? entry : `${prefix}.${entry}`)!;
  const missing = (entry: string) => new RefusedError("tensor-missing", `${name}: there is no tensor "${entry}"`);
  const read = async (entry: string) => {
    const values = own.get(entry);
    if (!values) throw missing(entry);
    return { type: "F32", shape: shapeOf(entry), values } as const;
  };
  const entries = [...own.keys()].map((entry) => [entry, { name: entry, type: "F32", shape: shapeOf(entry) }] as const);
  return { name, metadata: new Map(), entries: new Map(entries), read };
}

/**
 * @throws RefusedError model-kind for a model without this network; tensor-missing, tensor-unexpected, tensor-mismatch;
 * and what damaged files are refused with
 */
export async function startingWeights(source: ByteSource, request: StartRequest): Promise<StartingWeights> {
  const { network, description } = request;
  const wanted = wantedBy(request);
  if (!(await isModelFile(source))) {
    const taken = await takeWeights(await openTensorFile(source), kindOf[network], wanted);
    return {
      ...taken,
      file: source.name,
      sha256: await sha256(await source.read()),
      training: [foreignTraining(source.name, "not said in the file that training started from")],
      // torchvision's ResNet was trained with PyTorch's batch norm; the I3D trunk has Keras's epsilon.
      normalisation: network === "stage-one" ? torchNormalisation : undefined,
    };
  }
  const model = await readModel(source);
  const prefix = holders[network][model.kind];
  if (prefix === undefined) {
    throw new RefusedError("model-kind", `${source.name}: a ${model.kind} model holds no weights of ${network}`, {
      hint: `name a model of kind ${Object.keys(holders[network]).join(" or ")}, or public weights`,
    });
  }
  const taken = await takeWeights(partOf(model, prefix, source.name), kindOf[network], wanted);
  const differs = JSON.stringify(model.preprocessing) !== JSON.stringify(description.preprocessing);
  return {
    ...taken,
    notes: differs
      ? [...taken.notes, `${source.name} was trained on another pre-processing than this run's`]
      : taken.notes,
    file: source.name,
    sha256: model.sha256,
    training: model.training,
    normalisation: normalisationOf(model, network),
  };
}

/**
 * Whether a parameter belongs to one of some layers: "layer1" holds layer1.0.conv1.weight.
 * @param parameters names of all that the network has
 * @throws UsageError option-invalid where a layer is none of the network's
 */
export function frozenBy(layers: readonly string[], parameters: readonly string[]): (name: string) => boolean {
  const isIn = (layer: string) => (name: string) => name === layer || name.startsWith(`${layer}.`);
  for (const layer of layers) {
    if (parameters.some(isIn(layer))) continue;
    const first = new Set(parameters.map((name) => name.split(".")[0]!));
    throw new UsageError("option-invalid", `there is no layer "${layer}"`, {
      hint: `the network's are ${[...first].join(", ")}, and the layers inside them`,
    });
  }
  return (name) => layers.some((layer) => isIn(layer)(name));
}

/** A network's settings with the batch norm that its starting weights were trained with. */
export function withNormalisationOf<Settings extends { readonly normalisation: NormalisationSettings }>(
  settings: Settings,
  start: Pick<StartingWeights, "normalisation"> | undefined,
): Settings {
  return start?.normalisation ? { ...settings, normalisation: start.normalisation } : settings;
}
