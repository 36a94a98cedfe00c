/**
 * Starts training-worker.ts where the program runs from its TypeScript source: a worker thread has no loader for it.
 */
import { register } from "tsx/esm/api";

register();
await import("./training-worker.ts");
