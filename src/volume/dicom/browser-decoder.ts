/**
 * Decoding in a browser's Web Workers.
 *
 *     import general from "dcmjs-codecs/build/dcmjs-native-codecs.wasm?url";
 *     import jpegLs from "@cornerstonejs/codec-charls/decodewasm?url";
 *     import jpeg2000 from "../dist/jpeg2000.wasm?url";
 *     import hounsfield from "../dist/hounsfield.wasm?url";
 *     const decoder = browserDecoder({ general, jpegLs, jpeg2000, hounsfield });
 */
import { FailedError } from "../../errors.ts";
import type { CodecModuleName, LoadModule } from "./codecs.ts";
import { type Decoder, threadedDecoder } from "./decoder.ts";
import type { Thread } from "./thread.ts";

/** Where the page serves the codecs' WebAssembly files from. */
export type CodecAddresses = { readonly [name in CodecModuleName]: string };

async function compile(address: string): Promise<WebAssembly.Module> {
  const response = await fetch(address);
  if (!response.ok)
    throw new FailedError("file-missing", `the codecs at ${address} cannot be loaded (${response.status})`);
  return WebAssembly.compile(await response.arrayBuffer());
}

function startThread(): Thread {
  const worker = new Worker(new URL("./decode-worker.ts", import.meta.url), { type: "module" });
  return {
    post: (request, transfer) => worker.postMessage(request, transfer),
    listen: (answer, failure) => {
      worker.onmessage = ({ data }) => answer(data);
      worker.onerror = (event) => failure(new Error(event.message));
    },
    stop: () => worker.terminate(),
  };
}

/** A decoder with a thread for each core but one, at most eight. */
export function browserDecoder(addresses: CodecAddresses): Decoder {
  const threads = Math.min(8, Math.max(1, navigator.hardwareConcurrency - 1));
  const compiled = new Map<CodecModuleName, Promise<WebAssembly.Module>>();
  const load: LoadModule = (name) => {
    const module = compiled.get(name) ?? compile(addresses[name]);
    compiled.set(name, module);
    return module;
  };
  return threadedDecoder(startThread, threads, load);
}
