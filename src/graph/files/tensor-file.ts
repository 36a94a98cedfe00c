/**
 * A file of named tensors, of which only the table of contents has been read.
 *
 *     const file = await openTensorFile(source);          // safetensors, or a PyTorch checkpoint
 *     const kernel = await file.read("conv1.weight");     // { type: "F32", shape: [64, 3, 7, 7], values }
 */
import type { ElementType, TensorData } from "./element-types.ts";

/** What is known of a tensor before its numbers are read. */
export interface TensorEntry {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly number[];
}

export interface TensorFile {
  /** The path or name to show in messages. */
  readonly name: string;
  /** What the writer put beside the tensors; empty for PyTorch checkpoints. */
  readonly metadata: ReadonlyMap<string, string>;
  /** In the file's order. */
  readonly entries: ReadonlyMap<string, TensorEntry>;
  /**
   * Reads one tensor.
   * @throws RefusedError tensor-missing when the file has no such tensor, file-truncated when it ends early
   */
  read(name: string): Promise<TensorData>;
}
