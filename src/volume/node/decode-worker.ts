/**
 * A decoding thread in Node.
 */
import { parentPort } from "node:worker_threads";
import { ready, threadWork } from "../dicom/decoder.ts";

const work = threadWork();
parentPort?.on("message", async (request) => {
  const answer = await work(request);
  if (answer) parentPort?.postMessage(answer, answer.kind === "decoded" ? [answer.hounsfield.buffer] : []);
});
parentPort?.postMessage(ready);
