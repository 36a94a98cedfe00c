/**
 * Builds the reading room into dist/web, which `embolens serve` hands out; `vite web` serves it while developing,
 * with the API of a running `embolens serve` behind it.
 */
import { defaultClientConditions, defineConfig } from "vite";

export default defineConfig({
  root: import.meta.dirname,
  base: "./",
  resolve: {
    alias: { events: "events/", url: "url/" },
    // ONNX Runtime's WebAssembly is an asset of ours, so that its threads can be started from it.
    conditions: ["onnxruntime-web-use-extern-wasm", ...defaultClientConditions],
  },
  build: {
    outDir: "../dist/web",
    emptyOutDir: true,
    target: "es2023",
    chunkSizeWarningLimit: 5000,
  },
  worker: { format: "es" },
  server: { proxy: { "/api": "http://127.0.0.1:8042" } },
});
