/**
 * One frame from its stored bytes to Hounsfield units: the job that runs in a decoding thread.
 *
 *     await decodeFrame(job, frameTools(loadModule), hounsfield);
 *
 * A job is plain data, so it travels to a worker as it is.
 */
import { RefusedError } from "../../errors.ts";
import { inflate } from "../formats/inflate.ts";
import type { Rescale } from "../formats/values.ts";
import { type CodecName, Codecs, frameBytes, type LoadModule } from "./codecs.ts";
import { checkCodestream, withLostSign } from "./codestream.ts";
import { Conversion } from "./hounsfield/conversion.ts";
import type { Hounsfield, StoredFormat } from "./hounsfield/table.ts";
import { decodeJpegLossless } from "./jpeg-lossless.ts";
import { Jpeg2000 } from "./jpeg2000/decode.ts";
import { unpackRle } from "./rle.ts";

export interface FrameJob {
  /** The file, for messages. */
  readonly name: string;
  /** The frame as stored; for a deflated data set, the whole deflated part of the file. */
  readonly stored: Uint8Array;
  readonly pixels: "native" | "rle" | CodecName;
  /** Where the frame lies in the inflated data set, when `stored` is deflated. */
  readonly inflated: { readonly start: number; readonly end: number } | undefined;
  readonly format: StoredFormat;
  readonly rescale: Rescale;
}

/**
 * The first `length` bytes of a deflated data set, which may be longer. Throws RefusedError `file-corrupt` or
 * `file-truncated`.
 */
export type InflateDataSet = (deflated: Uint8Array, length: number, name: string) => Promise<Uint8Array>;

/** By what every platform has. */
export const inflateDataSet: InflateDataSet = (deflated, length, name) => inflate("deflate", deflated, length, name);

/** What decoding needs beside the job. */
export interface FrameTools {
  readonly codecs: Pick<Codecs, "decode">;
  readonly jpeg2000: Pick<Jpeg2000, "decode">;
  readonly inflateDataSet: InflateDataSet;
  readonly conversion: Conversion;
}

/** What a thread keeps from frame to frame. */
export const frameTools = (load: LoadModule, inflate = inflateDataSet): FrameTools => ({
  codecs: new Codecs(load),
  jpeg2000: new Jpeg2000(load),
  inflateDataSet: inflate,
  conversion: new Conversion(load),
});

/**
 * Writes rows x columns Hounsfield units into `into`; Float32Array for a series that is kept as such. The job's bytes
 * are left as they are. Throws RefusedError that names the file.
 */
export async function decodeFrame(job: FrameJob, tools: FrameTools, into: Hounsfield): Promise<void> {
  try {
    await decode(job, tools, into);
  } catch (error) {
    if (error instanceof RefusedError && !error.message.startsWith(job.name)) {
      throw new RefusedError(error.code, `${job.name}: ${error.message}`, { cause: error });
    }
    throw error;
  }
}

async function decode(job: FrameJob, tools: FrameTools, into: Hounsfield): Promise<void> {
  const { name, format, stored, pixels, rescale, inflated } = job;
  const { conversion } = tools;
  await conversion.ready();
  const convert = (values: Uint8Array) => conversion.words(values, format, rescale, into);
  switch (pixels) {
    case "native": {
      if (inflated) {
        const dataSet = await tools.inflateDataSet(stored, inflated.end, name);
        return convert(dataSet.subarray(inflated.start, inflated.end));
      }
      const wanted = frameBytes(format);
      if (stored.length < wanted) {
        // Its length was right when its header was read.
        throw new RefusedError("pixel-data-truncated", `${stored.length} of ${wanted} bytes of its pixels are left`);
      }
      return convert(stored);
    }
    case "rle":
      return conversion.planes(unpackRle(stored, format, conversion.room), format, rescale, into);
    default: {
      const own = checkCodestream(pixels, stored, format);
      const convertOwn = (values: Uint8Array) =>
        conversion.words(values, withLostSign(values, own, rescale), rescale, into);
      const values =
        pixels === "jpeg"
          ? decodeJpegLossless(stored, format, conversion.room)
          : pixels === "jpeg-2000" && (await tools.jpeg2000.decode(stored, format));
      if (values) return convertOwn(values);
      return await tools.codecs.decode(pixels, stored, format, convertOwn);
    }
  }
}
