/**
 * Builds the reading room into dist/web, which `embolens serve` hands out; `vite web` serves it while developing,
 * with the API of a running `embolens serve` behind it.
 */
import { defineConfig } from "vite";

export default defineConfig({
  root: import.meta.dirname,
  base: "./",
  resolve: { alias: { events: "events/", url: "url/" } },
  build: {
    outDir: "../dist/web",
    emptyOutDir: true,
    target: "es2023",
    chunkSizeWarningLimit: 5000,
  },
  worker: { format: "es" },
  server: { proxy: { "/api": "http://127.0.0.1:8042" } },
});
