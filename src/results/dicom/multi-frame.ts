/**
 * What every multi-frame object on the CT's grid says alike: frames ordered by position, the plane.
 *
 *     { ...framesByPosition(name), SharedFunctionalGroupsSequence: [{ ...planeOf(geometry) }] }
 *
 * PS3.3 C.7.6.16 (multi-frame functional groups) and C.7.6.17 (multi-frame dimensions).
 */
import { uidFrom } from "../../volume/dicom-write/index.ts";
import type { Geometry } from "../../volume/index.ts";
import { decimal } from "./part10.ts";

/** @param name of the object, from which its identifiers follow */
export function framesByPosition(name: string) {
  const organisation = { DimensionOrganizationUID: uidFrom(0, name, "dimensions") };
  return {
    DimensionOrganizationSequence: [organisation],
    DimensionIndexSequence: [
      {
        ...organisation,
        DimensionIndexPointer: 0x00200032,
        FunctionalGroupPointer: 0x00209113,
        DimensionDescriptionLabel: "Image Position (Patient)",
      },
    ],
  };
}

export const planeOf = ({ axes, spacing }: Geometry) => ({
  PlaneOrientationSequence: [{ ImageOrientationPatient: [...axes[0], ...axes[1]].map(decimal) }],
  PixelMeasuresSequence: [
    {
      PixelSpacing: [decimal(spacing[1]), decimal(spacing[0])],
      SliceThickness: decimal(spacing[2]),
      SpacingBetweenSlices: decimal(spacing[2]),
    },
  ],
});
