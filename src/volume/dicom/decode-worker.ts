/**
 * A decoding thread in a browser. Vite bundles it where `browser-decoder.ts` names it.
 */
import { type ThreadRequest, threadWork } from "./thread.ts";

/** What a dedicated worker's global scope offers; TypeScript's DOM library describes a window's instead. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<ThreadRequest>) => void) | null;
  postMessage(message: unknown, transfer: ArrayBuffer[]): void;
}

const scope = globalThis as unknown as WorkerScope;
const work = threadWork((answer, transfer) => scope.postMessage(answer, transfer));
scope.onmessage = ({ data }) => work(data);
