/**
 * Whether a volume's slices belong together closely enough for one object to refer to them all.
 *
 *     assertOneSeries(stack.slices, "CT chest");      // throws where they come from two frames of reference
 *
 * A volume can be put together from more than a result can speak of: an object lies in one frame of reference and one
 * study, and names an image by its identifier and its frame.
 */
import { RefusedError } from "../../errors.ts";
import type { Slice } from "../../volume/index.ts";
import { ctClasses } from "../../volume/study/sop-class.ts";

/** What all slices must have one of; a slice that does not say has any. */
const shared: readonly { readonly what: string; readonly of: (slice: Slice) => string }[] = [
  { what: "studies", of: ({ object }) => object.studyInstanceUid },
  { what: "frames of reference", of: ({ object }) => object.frameOfReferenceUid },
  // Single slices and frames in one series: one of them was made from the other, or a sender mixed up two series.
  { what: "kinds of object", of: ({ object }) => ctClasses.get(object.sopClass) ?? object.sopClass },
];

/** @throws RefusedError `segmentation-source-mixed` */
export function assertOneSeries(slices: readonly Slice[], name: string): void {
  for (const { what, of } of shared) {
    const found = [...new Set(slices.map(of).filter((value) => value !== ""))];
    if (found.length > 1) throw mixed(`${name}: its slices come from ${found.length} ${what} (${found.join(", ")})`);
  }
  const seen = new Set<string>();
  for (const { object, frameIndex } of slices) {
    const image = `${object.sopInstanceUid} ${frameIndex}`;
    if (seen.has(image)) throw mixed(`${name}: several of its slices are called ${object.sopInstanceUid}`);
    seen.add(image);
  }
}

const mixed = (message: string): RefusedError =>
  new RefusedError("segmentation-source-mixed", message, {
    hint: "send the series again from the scanner or the PACS, each series under its own identifier",
  });
