/// <reference types="vite/client" />
/** Reads a series in the page, as the reading room does, and hands back what a test can compare. */
import jpegLs from "@cornerstonejs/codec-charls/decodewasm?url";
import general from "dcmjs-codecs/build/dcmjs-native-codecs.wasm?url";
import hounsfield from "../../../dist/hounsfield.wasm?url";
import jpeg2000 from "../../../dist/jpeg2000.wasm?url";
import { blob, browserDecoder, chooseSeries, readVolume, scanStudy } from "../../../src/volume/index.ts";

export interface PageFile {
  readonly name: string;
  readonly content: readonly number[];
}

declare global {
  interface Window {
    readInPage(
      files: readonly PageFile[],
    ): Promise<{ readonly size: readonly number[]; readonly voxels: readonly number[] }>;
  }
}

window.readInPage = async (files) => {
  const sources = files.map(({ name, content }) => blob(name, new Blob([Uint8Array.from(content)])));
  const decoder = browserDecoder({ general, jpegLs, jpeg2000, hounsfield });
  const study = await scanStudy(sources);
  const chosen = chooseSeries(study.series);
  if (!chosen) throw new Error(JSON.stringify(study));
  const { geometry, voxels } = await readVolume(chosen, { decoder });
  await decoder.close();
  return { size: geometry.size, voxels: [...voxels] };
};
