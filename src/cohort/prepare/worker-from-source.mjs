/**
 * Starts worker.ts where the program runs from its TypeScript source.
 */
import { register } from "tsx/esm/api";

register();
await import("./worker.ts");
