/**
 * The model that comes with the program: small preset, trained on the synthetic hospital; its card lies beside it.
 *
 *     const path = await demonstrationModel();
 */
import { access } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { FailedError } from "../errors.ts";

const place = ["models", "demonstration.safetensors"] as const;

/** Its path, looked for from this file upwards. @throws FailedError `file-missing` */
export async function demonstrationModel(): Promise<string> {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const path = join(folder, ...place);
    try {
      await access(path);
      return path;
    } catch {
      if (dirname(folder) === folder) break;
    }
  }
  throw new FailedError("file-missing", "this installation holds no demonstration model", {
    hint: "name a model with --model FILE; `embolens train` makes one",
  });
}
