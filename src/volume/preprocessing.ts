/**
 * How a CT becomes what a network sees. A model carries these settings; nothing about pre-processing is an argument
 * at diagnosis time.
 *
 *     const settings = preprocessingSchema.parse(JSON.parse(metadata.preprocessing));
 *
 * The defaults are the paper's (Shi et al. 2020, sections 3.1 and 3.2; docs/method.md#from-a-ct-study-to-slabs).
 */
import { z } from "zod";

export const preprocessingSchema = z.strictObject({
  /** HU mapped linearly to 0 and 255, clipped outside. */
  window: z.strictObject({ lower: z.number(), upper: z.number() }).refine((w) => w.lower < w.upper),
  /** Side of the square the network sees, in pixels, around the image centre, padded with air. */
  crop: z.int().min(16).max(1024),
  /** Millimetres a pixel after in-plane resampling; null leaves the scanner's own pixels (the paper). */
  pixelSpacing: z.number().positive().nullable(),
  /**
   * Where it stands, the whole field of view, whatever its size in millimetres, is first reduced to so many pixels a
   * side by area averages (OpenCV's INTER_AREA), of which `crop` is the centre: the pre-processing of PENet's released
   * weights.
   */
  fieldOfView: z.int().min(16).max(1024).optional(),
  /** Consecutive slices in a slab, odd. */
  slabSlices: z
    .int()
    .min(1)
    .max(31)
    .refine((n) => n % 2 === 1),
  /** Stage I: slices are resampled to this spacing in millimetres. */
  sliceSpacing: z.number().positive(),
  /**
   * "native": windows run through the whole series slice by slice as it was scanned, and the last one ends in air, as
   * PENet's released code has it; `sliceSpacing` is then of no effect. Without it slices are resampled over the lungs.
   */
  slices: z.literal("native").optional(),
  /** Stage II: the lung's range is resampled to this many slices ... */
  scanSlices: z.int().min(1).max(2000),
  /** ... of which every n-th is the centre of a slab. */
  scanStride: z.int().min(1).max(100),
});

export type Preprocessing = z.infer<typeof preprocessingSchema>;

/** docs/method.md#from-a-ct-study-to-slabs to the letter: 384 x 384 x 5 slabs, 2.5 mm in stage I, 50 in stage II. */
export const paperPreprocessing: Preprocessing = {
  window: { lower: -1024, upper: 500 },
  crop: 384,
  pixelSpacing: null,
  slabSlices: 5,
  sliceSpacing: 2.5,
  scanSlices: 200,
  scanStride: 4,
};

/** Half the pixels at a fixed field of view of 330 mm: for laptops and for the demonstration model. */
export const smallPreprocessing: Preprocessing = { ...paperPreprocessing, crop: 192, pixelSpacing: 330 / 192 };

/** For tests. */
export const tinyPreprocessing: Preprocessing = {
  ...paperPreprocessing,
  crop: 64,
  pixelSpacing: 330 / 64,
  scanSlices: 32,
};
