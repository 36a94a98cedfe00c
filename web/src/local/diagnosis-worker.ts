/**
 * Diagnoses a study on this computer: the same rooms as `embolens diagnose`, in a worker of the page. The study's bytes
 * never leave it; what is fetched are the program's own parts.
 */
import jpegLs from "@cornerstonejs/codec-charls/decodewasm?url";
import general from "dcmjs-codecs/build/dcmjs-native-codecs.wasm?url";
import webgpuModule from "onnxruntime-web/ort-wasm-simd-threaded.asyncify.mjs?url";
import webgpuBinary from "onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url";
import cpuModule from "onnxruntime-web/ort-wasm-simd-threaded.mjs?url";
import cpuBinary from "onnxruntime-web/ort-wasm-simd-threaded.wasm?url";
import hounsfield from "../../../dist/hounsfield.wasm?url";
import jpeg2000 from "../../../dist/jpeg2000.wasm?url";
import {
  type AttentionVolume,
  attentionView,
  type DiagnosisDocument,
  diagnose,
  loadDetector,
  openChestCt,
} from "../../../src/diagnosis/index.ts";
import { EmbolensError } from "../../../src/errors.ts";
import { createRuntime } from "../../../src/graph/browser/index.ts";
import { readModel } from "../../../src/model/index.ts";
import type { Progress } from "../../../src/progress.ts";
import { blob, browserDecoder, bytes, type Volume } from "../../../src/volume/index.ts";

export interface LocalRequest {
  readonly files: readonly { readonly path: string; readonly file: File }[];
  /** The model file, fetched by the page. */
  readonly model: ArrayBuffer;
}

export type LocalMessage =
  | { readonly kind: "progress"; readonly progress: Progress }
  | { readonly kind: "device"; readonly reason: string }
  | {
      readonly kind: "diagnosed";
      readonly volume: Volume;
      readonly document: DiagnosisDocument;
      readonly attention: AttentionVolume;
    }
  | { readonly kind: "refused"; readonly message: string; readonly hint: string | undefined };

/** What a dedicated worker's global scope offers; the DOM's types describe a window's instead. */
const scope = globalThis as unknown as {
  onmessage: ((event: MessageEvent<LocalRequest>) => void) | null;
  postMessage(message: LocalMessage, transfer?: Transferable[]): void;
};

async function work({ files, model }: LocalRequest): Promise<void> {
  const onProgress = (progress: Progress) => scope.postMessage({ kind: "progress", progress });
  const runtime = await createRuntime({
    addresses: {
      cpu: { module: cpuModule, binary: cpuBinary },
      webgpu: { module: webgpuModule, binary: webgpuBinary },
    },
  });
  scope.postMessage({ kind: "device", reason: runtime.reason });
  const detector = await loadDetector(await readModel(bytes("model", new Uint8Array(model))), runtime);
  const decoder = browserDecoder({ general, jpegLs, jpeg2000, hounsfield });
  const sources = files.map(({ path, file }) => blob(path, file));
  const chest = await openChestCt(sources, { decoder, onProgress });
  const { document, attention } = await diagnose(chest, detector, { onProgress });
  await decoder.close();
  await detector.release();
  const view = attentionView(attention);
  scope.postMessage({ kind: "diagnosed", volume: chest.volume, document, attention: view }, [
    chest.volume.voxels.buffer as ArrayBuffer,
    view.voxels.buffer as ArrayBuffer,
  ]);
}

scope.onmessage = ({ data }) => {
  work(data).catch((error: unknown) => {
    const expected = error instanceof EmbolensError ? error : undefined;
    const message = error instanceof Error ? error.message : String(error);
    scope.postMessage({ kind: "refused", message, hint: expected?.hint });
  });
};
