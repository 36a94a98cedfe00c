/**
 * References to the CT's images as DICOM writes them.
 *
 *     SourceImageSequence: [sourceImage(image)]
 *     ...referredSeries(source, images)
 *
 * PS3.3 10.3 (Image SOP Instance Reference) and C.12.2 (Common Instance Reference). A frame of a multi-frame image is its
 * object and its number; where an object as a whole is meant, it stands without a number and once.
 */
import { code } from "./part10.ts";
import type { SourceImage, SourceInstance, SourceSeries } from "./source-series.ts";

export const instanceReference = ({ sopClassUID, sopInstanceUID }: SourceInstance) => ({
  ReferencedSOPClassUID: sopClassUID,
  ReferencedSOPInstanceUID: sopInstanceUID,
});

export const imageReference = (image: SourceImage) => ({
  ...instanceReference(image),
  ...(image.frameNumber === undefined ? {} : { ReferencedFrameNumber: image.frameNumber }),
});

/** An image that pixels of ours were made from. */
export const sourceImage = (image: SourceImage) => ({
  ...imageReference(image),
  PurposeOfReferenceCodeSequence: [code("121322", "DCM", "Source image for image processing operation")],
});

/** @param images that the object refers to anywhere */
export function referredSeries({ seriesInstanceUID, instances }: SourceSeries, images: readonly SourceImage[]) {
  const referred = new Set(images.map(({ sopInstanceUID }) => sopInstanceUID));
  return {
    ReferencedSeriesSequence: [
      {
        SeriesInstanceUID: seriesInstanceUID,
        ReferencedInstanceSequence: instances
          .filter(({ sopInstanceUID }) => referred.has(sopInstanceUID))
          .map(instanceReference),
      },
    ],
  };
}
