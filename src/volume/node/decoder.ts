/**
 * Decoding in Node's worker threads.
 *
 *     const decoder = nodeDecoder();
 *     try { return await readVolume(series, { decoder }); } finally { await decoder.close(); }
 */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { CodecModuleName, LoadModule } from "../dicom/codecs.ts";
import { type Decoder, threadedDecoder } from "../dicom/decoder.ts";
import type { Thread } from "../dicom/thread.ts";

const require = createRequire(import.meta.url);
const fromSource = import.meta.url.endsWith(".ts");

/** A module of our own, where `npm run build` puts it. */
const ours = (name: string): URL =>
  new URL(`${fromSource ? "../../../dist" : "../../.."}/${name}.wasm`, import.meta.url);

const files: Readonly<Record<CodecModuleName, string | URL>> = {
  general: require.resolve("dcmjs-codecs/build/dcmjs-native-codecs.wasm"),
  jpegLs: require.resolve("@cornerstonejs/codec-charls/decodewasm"),
  jpeg2000: ours("jpeg2000"),
  hounsfield: ours("hounsfield"),
};

const compiled = new Map<CodecModuleName, Promise<WebAssembly.Module>>();

/** The codecs' modules from the installed packages and our own, compiled once in the program's life. */
export const nodeCodecModules: LoadModule = (name) => {
  const known = compiled.get(name);
  if (known) return known;
  const module = readFile(files[name]).then((bytes) => WebAssembly.compile(bytes));
  compiled.set(name, module);
  return module;
};

const threadFile = fromSource ? "./decode-worker-from-source.mjs" : "./decode-worker.js";

function startThread(): Thread {
  const worker = new Worker(new URL(threadFile, import.meta.url));
  // A decoder somebody forgot to close must not keep the program alive.
  worker.unref();
  return {
    post: (request, transfer) => worker.postMessage(request, transfer),
    listen: (answer, failure) => {
      worker.on("message", answer);
      worker.on("error", failure);
    },
    stop: () => void worker.terminate(),
  };
}

/** A decoder with a thread for each core, at most eight. */
export function nodeDecoder(threads = Math.min(8, availableParallelism())): Decoder {
  return threadedDecoder(startThread, threads, nodeCodecModules);
}
