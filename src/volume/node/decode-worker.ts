/**
 * A decoding thread in Node.
 */
import { parentPort } from "node:worker_threads";
import { threadWork } from "../dicom/thread.ts";
import { inflateDataSet } from "./inflate.ts";

const work = threadWork((answer, transfer) => parentPort?.postMessage(answer, transfer), inflateDataSet);
parentPort?.on("message", work);
