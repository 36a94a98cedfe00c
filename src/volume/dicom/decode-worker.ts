/**
 * A decoding thread in a browser. Vite bundles it where `browser-decoder.ts` names it.
 */
import { ready, type ThreadRequest, threadWork } from "./decoder.ts";

/** What a dedicated worker's global scope offers; TypeScript's DOM library describes a window's instead. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<ThreadRequest>) => void) | null;
  postMessage(message: unknown, transfer: ArrayBuffer[]): void;
}

const scope = globalThis as unknown as WorkerScope;
const work = threadWork();
scope.onmessage = async ({ data }) => {
  const answer = await work(data);
  if (answer) scope.postMessage(answer, answer.kind === "decoded" ? [answer.hounsfield.buffer] : []);
};
scope.postMessage(ready, []);
