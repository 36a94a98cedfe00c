/**
 * One frame from its stored bytes to Hounsfield units: the job that runs in a decoding thread.
 *
 *     const hu = await decodeFrame(job, codecs);
 *
 * A job is plain data, so it travels to a worker as it is.
 */
import { RefusedError } from "../../errors.ts";
import { inflate } from "../formats/inflate.ts";
import type { Rescale } from "../formats/values.ts";
import type { CodecName, Codecs } from "./codecs.ts";
import { checkCodestream } from "./codestream.ts";
import { type Hounsfield, type StoredFormat, toHounsfield } from "./hounsfield.ts";
import { decodeRle } from "./rle.ts";

export interface FrameJob {
  /** The file, for messages. */
  readonly name: string;
  /** The frame as stored; for a deflated data set, the whole deflated part of the file. */
  readonly stored: Uint8Array<ArrayBuffer>;
  readonly pixels: "native" | "rle" | CodecName;
  readonly bigEndian: boolean;
  /** Where the frame lies in the inflated data set, when `stored` is deflated. */
  readonly inflated: { readonly start: number; readonly end: number } | undefined;
  readonly format: StoredFormat;
  readonly rescale: Rescale;
  /** Whether the series is kept as Float32. */
  readonly fractional: boolean;
}

/**
 * Rows x columns Hounsfield units, written into `into` where it is given. Throws RefusedError that names the file.
 */
export async function decodeFrame(
  job: FrameJob,
  codecs: () => Promise<Pick<Codecs, "decode">>,
  into?: Hounsfield,
): Promise<Hounsfield> {
  const { format } = job;
  try {
    const stored = await storedValues(job, codecs);
    const count = format.rows * format.columns;
    const hounsfield = into ?? (job.fractional ? new Float32Array(count) : new Int16Array(count));
    return toHounsfield(stored, format, job.rescale, hounsfield);
  } catch (error) {
    if (error instanceof RefusedError && !error.message.startsWith(job.name)) {
      throw new RefusedError(error.code, `${job.name}: ${error.message}`, { cause: error });
    }
    throw error;
  }
}

async function storedValues(
  job: FrameJob,
  codecs: () => Promise<Pick<Codecs, "decode">>,
): Promise<Uint8Array<ArrayBuffer>> {
  const { format, stored, pixels } = job;
  switch (pixels) {
    case "native": {
      let values = stored;
      if (job.inflated) {
        const { start, end } = job.inflated;
        values = (await inflate("deflate", stored, end, job.name)).slice(start, end);
      }
      if (job.bigEndian && format.bitsAllocated === 16) swapPairs(values);
      return values;
    }
    case "rle":
      return decodeRle(stored, { rows: format.rows, columns: format.columns, bytesPerValue: format.bitsAllocated / 8 });
    default:
      checkCodestream(pixels, stored, format);
      return (await codecs()).decode(pixels, stored, format);
  }
}

function swapPairs(values: Uint8Array): void {
  for (let index = 0; index + 1 < values.length; index += 2) {
    const first = values[index]!;
    values[index] = values[index + 1]!;
    values[index + 1] = first;
  }
}
