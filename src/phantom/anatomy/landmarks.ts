/**
 * Where the great vessels and airways run in the standard chest, as tubes: [x, y, z, radius] in millimetres.
 *
 *     const { trunk, rightMain } = arteries;
 *
 * The origin is the carina's level in the midline; x grows to the patient's left, y to the back, z to the head, as in
 * DICOM. The figures are those of an ordinary adult lying on the back in inspiration, set down by hand and checked by eye
 * against contrast CT.
 */
import type { TubePoint, Vector } from "./shapes.ts";

export type Path = readonly TubePoint[];

/** Pulmonary arteries down to the lobes. Radii of trunk and mains are replaced by Murray's law when the tree is grown. */
export const arteries = {
  trunk: [
    [13, -50, -42, 14],
    [19, -42, -27, 14],
    [20, -27, -15, 14],
  ],
  rightMain: [
    [20, -27, -15, 11],
    [8, -12, -16, 11],
    [-14, -2, -18, 11],
    [-38, 3, -21, 11],
  ],
  /** To the right upper lobe. */
  truncusAnterior: [
    [-38, 3, -21, 7],
    [-48, 2, -10, 7],
    [-54, 3, 2, 7],
  ],
  rightInterlobar: [
    [-38, 3, -21, 9],
    [-50, 9, -32, 9],
    [-55, 15, -48, 9],
  ],
  middleLobe: [
    [-55, 15, -48, 5],
    [-60, 3, -56, 5],
  ],
  rightLower: [
    [-55, 15, -48, 8],
    [-57, 26, -66, 8],
  ],
  leftMain: [
    [20, -27, -15, 11],
    [30, -10, -6, 11],
    [40, 8, -1, 11],
  ],
  leftUpper: [
    [40, 8, -1, 7],
    [50, 2, 8, 7],
  ],
  leftInterlobar: [
    [40, 8, -1, 9],
    [49, 24, -6, 9],
    [54, 31, -24, 9],
    [56, 32, -44, 9],
  ],
  leftLower: [
    [56, 32, -44, 8],
    [58, 34, -62, 8],
  ],
  /** The lingula's own artery leaves the interlobar one. */
  lingula: [
    [54, 31, -24, 5],
    [60, 18, -36, 5],
  ],
} as const satisfies Record<string, Path>;

/** Pulmonary veins from the left atrium outward. */
export const veins = {
  rightSuperior: [
    [-18, 18, -54, 8],
    [-34, 6, -46, 8],
    [-47, -6, -36, 7],
  ],
  rightInferior: [
    [-18, 26, -66, 8],
    [-38, 34, -72, 7],
    [-52, 40, -76, 7],
  ],
  leftSuperior: [
    [28, 16, -52, 8],
    [42, 6, -40, 8],
    [50, -6, -28, 7],
  ],
  leftInferior: [
    [28, 26, -64, 8],
    [44, 36, -68, 7],
    [55, 44, -72, 7],
  ],
} as const satisfies Record<string, Path>;

export const airways = {
  trachea: [
    [-1, -10, 160, 8.5],
    [-1, 0, 110, 8.5],
    [-4, 13, 50, 8.5],
    [-2, 21, 4, 9],
  ],
  rightMain: [
    [1, 21, 4, 8],
    [-16, 25, -9, 7.5],
    [-27, 26, -17, 7],
  ],
  rightUpper: [
    [-25, 26, -14, 5.5],
    [-44, 22, -9, 5],
    [-52, 16, 0, 4],
  ],
  intermediate: [
    [-27, 26, -17, 6],
    [-36, 26, -34, 5.5],
    [-42, 24, -48, 5.5],
  ],
  middle: [
    [-42, 24, -48, 4],
    [-52, 10, -58, 3.5],
  ],
  rightLower: [
    [-42, 24, -48, 5],
    [-47, 32, -66, 4.5],
  ],
  leftMain: [
    [1, 21, 4, 7.5],
    [20, 26, -12, 6.5],
    [40, 28, -24, 6],
  ],
  leftUpper: [
    [40, 28, -24, 5],
    [52, 18, -20, 5],
    [56, 10, -10, 4],
  ],
  leftLower: [
    [40, 28, -24, 5],
    [46, 38, -44, 5],
    [50, 42, -62, 4.5],
  ],
} as const satisfies Record<string, Path>;

export const aorta = {
  ascending: [
    [4, -22, -60, 15],
    [-10, -28, -42, 17],
    [-19, -27, -20, 16.5],
    [-20, -24, 8, 16],
    [-15, -19, 26, 15],
  ],
  arch: [
    [-15, -19, 26, 15],
    [2, -4, 38, 14],
    [18, 14, 40, 13.5],
    [26, 34, 30, 13],
    [28, 44, 12, 13],
  ],
  descending: [
    [28, 44, 12, 13],
    [28, 47, -20, 12.5],
    [26, 45, -70, 12],
    [20, 42, -130, 12],
    [10, 38, -230, 11.5],
  ],
  brachiocephalic: [
    [-8, -12, 38, 6.5],
    [-12, -6, 70, 6],
    [-22, -4, 95, 5.5],
    [-26, -4, 160, 4],
  ],
  leftCarotid: [
    [6, 4, 40, 4.5],
    [10, 4, 80, 4],
    [18, 0, 160, 3.5],
  ],
  leftSubclavian: [
    [18, 22, 40, 5.5],
    [24, 18, 80, 5],
    [36, 10, 105, 5],
    [90, 0, 118, 4],
  ],
} as const satisfies Record<string, Path>;

export const systemicVeins = {
  superiorCaval: [
    [-30, -30, 48, 9],
    [-34, -20, 25, 10],
    [-37, -14, -10, 10.5],
    [-38, -10, -48, 11],
    [-40, -12, -66, 13],
  ],
  leftBrachiocephalic: [
    [-30, -30, 48, 7],
    [-4, -46, 56, 7],
    [28, -44, 74, 6.5],
    [62, -34, 98, 6],
    [110, -10, 118, 5.5],
  ],
  rightBrachiocephalic: [
    [-30, -30, 48, 7.5],
    [-40, -30, 80, 6.5],
    [-66, -30, 100, 6],
    [-112, -10, 118, 5.5],
  ],
  inferiorCaval: [
    [-36, 0, -98, 13],
    [-30, 8, -120, 13],
    [-24, 14, -160, 12.5],
    [-22, 18, -230, 12],
  ],
  azygos: [
    [-33, -8, 12, 4],
    [-22, 20, 20, 4.5],
    [-10, 36, 8, 4],
    [-6, 38, -60, 3.5],
    [-4, 34, -230, 3],
  ],
} as const satisfies Record<string, Path>;

export const oesophagus: Path = [
  [2, 16, 120, 7],
  [4, 30, 60, 7.5],
  [6, 38, 0, 8],
  [8, 40, -60, 8],
  [14, 30, -110, 8.5],
  [30, 10, -140, 9],
];

/** Depth of the centres of the vertebral bodies: the chest's backward curve. */
export const spineDepth: readonly (readonly [number, number])[] = [
  [-240, 36],
  [-160, 46],
  [-90, 56],
  [-30, 58],
  [20, 53],
  [60, 41],
  [100, 24],
  [140, 12],
  [180, 8],
];

export const vertebraHeight = 24.5;
/** Level of the disc below the fifth thoracic vertebra. */
export const discLevel = -6;

/** Entrances to the five lobes' inner trees; the lingula is grown as a part of the left upper lobe. */
export const lobes = ["right upper", "right middle", "right lower", "left upper", "left lower"] as const;
export type Lobe = (typeof lobes)[number];

/** Segments of a lobe that have an artery of their own. */
export const segmentCounts: Readonly<Record<Lobe, number>> = {
  "right upper": 3,
  "right middle": 2,
  "right lower": 5,
  "left upper": 4,
  "left lower": 4,
};

/** Planes of the fissures: the lower lobes lie below z = height + slope * y. */
export const fissures = {
  right: { height: -22, slope: 1.0 },
  left: { height: -20, slope: 1.08 },
  /** Between right upper and middle lobe. */
  horizontal: -34,
} as const;

export function lobeAt([x, y, z]: Vector): Lobe {
  if (x > 0) return z < fissures.left.height + fissures.left.slope * y ? "left lower" : "left upper";
  if (z < fissures.right.height + fissures.right.slope * y) return "right lower";
  return z > fissures.horizontal ? "right upper" : "right middle";
}
