/**
 * A model as others' tools expect one: a MONAI bundle, and a repository of the Hugging Face hub.
 *
 *     for (const [path, content] of monaiBundle(model, exported)) await writeAtomic(join(out, path), content);
 *
 * Both hold the ONNX graph and say what it was trained on, how its input is made and that it is for research. MONAI bundle
 * specification (docs.monai.io, "MONAI Bundle Specification"): configs/metadata.json, docs/README.md, models/.
 */
import packageJson from "../../package.json" with { type: "json" };
import type { OnnxModel } from "../graph/index.ts";
import { type LoadedModel, preprocessingSteps, researchNotice } from "../model/index.ts";

type Files = readonly (readonly [path: string, content: string | Uint8Array])[];

const title = ({ kind, preset }: LoadedModel): string => `embolens ${kind}, preset ${preset}`;

const what =
  "Probability of signs of pulmonary embolism on contrast-enhanced chest CT, trained as in L. Shi et al., MIDL 2020 (two-stage), " +
  "or one of the networks it was compared with.";

function trainings(model: LoadedModel): string[] {
  if (model.training.length === 0) return ["None: the weights are random."];
  return model.training.map(({ program, data, studies, positives, metrics }) => {
    const figures = Object.entries(metrics).map(([name, value]) => `${name} ${value.toFixed(3)}`);
    const counts = studies > 0 ? ` (${studies} studies, ${positives} with emboli)` : "";
    return `- ${data}${counts}, by ${program}${figures.length > 0 ? `; on validation ${figures.join(", ")}` : ""}`;
  });
}

function points({ operatingPoints }: LoadedModel): string[] {
  return operatingPoints.map(
    ({ name, threshold, chosenOn }) => `- ${name}: ${threshold.toFixed(4)}, chosen on ${chosenOn}`,
  );
}

/** What a reader must know, in Markdown. */
function card(model: LoadedModel): string {
  return [
    `# ${model.name}`,
    `**${researchNotice}**`,
    what,
    "## Trained on",
    ...trainings(model),
    "",
    "## Operating points",
    ...points(model),
    "",
    "## What goes in",
    ...preprocessingSteps(model),
    "",
    `SHA-256 of the model file: \`${model.sha256}\`. \`embolens diagnose --model\` does all of this by itself; in Python the ` +
      "steps are those of docs/examples/onnx_reference.py.",
    "",
  ]
    .join("\n\n")
    .replace(/\n\n(?=- )/g, "\n");
}

const describeTensors = (tensors: OnnxModel["inputs"]) =>
  Object.fromEntries(
    [...tensors].map(([name, { shape, type }]) => [
      name,
      {
        type: "image",
        format: type === "uint8" ? "grey levels" : "array",
        num_channels: shape[1] ?? 1,
        spatial_shape: shape.slice(2),
        dtype: type,
        value_range: type === "uint8" ? [0, 255] : [0, 1],
        is_patch_data: false,
        channel_def: {},
      },
    ]),
  );

/** The files of a MONAI bundle, by their paths inside it. */
export function monaiBundle(model: LoadedModel, exported: OnnxModel): Files {
  const metadata = {
    version: packageJson.version,
    changelog: { [packageJson.version]: `exported from ${model.name}` },
    monai_version: "1.3.0",
    pytorch_version: "1.13.0",
    numpy_version: "1.24.0",
    required_packages_version: { onnxruntime: "1.16.0" },
    name: title(model),
    task: "Detection of pulmonary embolism on CT pulmonary angiography, study level",
    description: `${what} ${researchNotice}`,
    authors: "Embolens contributors",
    copyright: "Embolens contributors",
    data_type: "dicom",
    intended_use: researchNotice,
    references: [
      "L. Shi et al., Automatic Diagnosis of Pulmonary Embolism Using an Attention-guided Framework, MIDL 2020",
    ],
    network_data_format: { inputs: describeTensors(exported.inputs), outputs: describeTensors(exported.outputs) },
    embolens: { sha256: model.sha256, preprocessing: model.preprocessing, steps: preprocessingSteps(model) },
  };
  return [
    ["configs/metadata.json", `${JSON.stringify(metadata, null, 2)}\n`],
    ["docs/README.md", card(model)],
    ["models/model.onnx", exported.bytes],
  ];
}

/** The files of a repository of the Hugging Face hub, by their paths. @param weights the model file itself */
export function huggingFaceRepository(model: LoadedModel, exported: OnnxModel, weights: Uint8Array): Files {
  const head = [
    "---",
    "license: apache-2.0",
    "library_name: onnx",
    "pipeline_tag: image-classification",
    "tags: [medical-imaging, computed-tomography, pulmonary-embolism, embolens, safetensors, onnx]",
    "---",
    "",
  ];
  return [
    ["README.md", `${head.join("\n")}\n${card(model)}`],
    ["model.onnx", exported.bytes],
    ["model.safetensors", weights],
  ];
}
