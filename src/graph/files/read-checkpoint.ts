/**
 * Opens a file of weights by what its bytes are, not by its name.
 *
 *     const file = await openTensorFile(source);   // model.safetensors, resnet18.pth, …
 */
import { RefusedError } from "../../errors.ts";
import type { ByteSource } from "../../volume/source.ts";
import { openCheckpoint } from "./checkpoint.ts";
import { openLegacyCheckpoint } from "./legacy-checkpoint.ts";
import { openSafetensors } from "./safetensors.ts";
import type { TensorFile } from "./tensor-file.ts";

/** The first bytes of torch.save before PyTorch 1.6: a pickle of the magic number 0x1950a86a20f9469cfc6c. */
const legacyMagic = [0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];
const zipMagic = [0x50, 0x4b, 0x03, 0x04];

const begins = (bytes: Uint8Array, magic: readonly number[]): boolean =>
  magic.every((byte, index) => bytes[index] === byte);

/**
 * Reads the table of contents of a safetensors file or a PyTorch checkpoint, old or new.
 * @throws RefusedError format-unknown, and what the formats' readers refuse
 */
export async function openTensorFile(source: ByteSource): Promise<TensorFile> {
  if (source.size === 0) throw new RefusedError("empty-input", `${source.name}: the file is empty`);
  const head = await source.read(0, Math.min(source.size, legacyMagic.length));
  if (begins(head, zipMagic)) return openCheckpoint(source);
  if (begins(head, legacyMagic)) return openLegacyCheckpoint(source);
  if (await isTar(source)) {
    throw new RefusedError("format-unknown", `${source.name}: a tar archive, as PyTorch before 0.1.10 wrote them`, {
      hint: "load and save it again with a PyTorch before 1.14: torch.save(torch.load(path), path)",
    });
  }
  return openSafetensors(source);
}

const tarMagicStart = 257;

async function isTar(source: ByteSource): Promise<boolean> {
  if (source.size < tarMagicStart + 5) return false;
  return new TextDecoder().decode(await source.read(tarMagicStart, tarMagicStart + 5)) === "ustar";
}
