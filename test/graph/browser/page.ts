/// <reference types="vite/client" />
/** Trains in the page and hands back what a test can compare. */
import module from "onnxruntime-web/ort-wasm-simd-threaded.mjs?url";
import binary from "onnxruntime-web/ort-wasm-simd-threaded.wasm?url";
import { createRuntime } from "../../../src/graph/browser/index.ts";
import { trainSmall } from "../small-training.ts";

declare global {
  interface Window {
    trainInPage(): Promise<number[]>;
  }
}

window.trainInPage = async () =>
  trainSmall(await createRuntime({ device: "cpu", addresses: { cpu: { module, binary } } }));
