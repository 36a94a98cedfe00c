/**
 * Decoding in Node's worker threads.
 *
 *     const decoder = nodeDecoder();
 *     try { volume = await readVolume(series, { decoder }); } finally { await decoder.close(); }
 */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { CodecModules } from "../dicom/codecs.ts";
import { type Decoder, type Thread, threadedDecoder } from "../dicom/decoder.ts";

const require = createRequire(import.meta.url);

const compile = async (file: string): Promise<WebAssembly.Module> =>
  WebAssembly.compile(await readFile(require.resolve(file)));

/** The codecs' compiled modules, from the installed packages. */
export async function nodeCodecModules(): Promise<CodecModules> {
  const [general, jpegLs] = await Promise.all([
    compile("dcmjs-codecs/build/dcmjs-native-codecs.wasm"),
    compile("@cornerstonejs/codec-charls/decodewasm"),
  ]);
  return { general, jpegLs };
}

const threadFile = import.meta.url.endsWith(".ts") ? "./decode-worker-from-source.mjs" : "./decode-worker.js";

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
