/**
 * Ribs, sternum, shoulder blades, collar bones and spine.
 *
 *     const skeleton = buildSkeleton();
 *     for (const path of skeleton.chains) …
 *
 * Long and flat bones are chains of tubes, an outer one of cortex and an inner one of marrow; vertebral bodies and sternum
 * are fields. Positions are in the standard chest's millimetres.
 */
import { Field } from "./field.ts";
import { discLevel, vertebraHeight } from "./landmarks.ts";
import { bell, profile, type TubePoint } from "./shapes.ts";
import { cageFront, cagePoint, spine } from "./torso.ts";

export interface Bones {
  /** Chains of tubes; draw as cortex, then `thinner` by the cortex's thickness as marrow. */
  readonly chains: readonly (readonly TubePoint[])[];
  readonly cartilage: readonly (readonly TubePoint[])[];
  /** The spinal canal's centre line. */
  readonly canal: readonly TubePoint[];
  readonly vertebrae: Field;
  readonly discs: Field;
  readonly sternum: Field;
}

/** Level of the upper end plate of the n-th thoracic vertebra. */
export const vertebraTop = (number: number): number => discLevel + (6 - number) * vertebraHeight;

const ribDrop = [30, 46, 58, 66, 72, 78, 82, 86, 84, 78, 52, 34];
/** Where a rib's bone ends in front, as an angle before the side; the rest of its way to the breastbone is cartilage. */
const ribEnd = [62, 60, 58, 56, 54, 52, 48, 42, 30, 16, -25, -48];

function rib(number: number, side: 1 | -1, bones: TubePoint[][], cartilage: TubePoint[][]): void {
  const top = vertebraTop(number) - 6;
  const drop = ribDrop[number - 1]!;
  const thick = number === 1 ? 3.2 : number > 10 ? 2.9 : 3.5;
  const height = number === 1 ? 1.2 : 2.4;
  const depth = spine(top);
  const start = 73;
  const end = -ribEnd[number - 1]!;
  const path: [number, number, number][] = [
    [side * 18, depth + 11, top],
    [side * 28, depth + 26, top + 1],
    [side * 37, depth + 36, top],
  ];
  const at = (angle: number): [number, number, number] => {
    // The fall is steepest along the side of the chest.
    const part = (start - angle) / (start + 62);
    const z = top - drop * (part * part * (3 - 2 * part) * 0.5 + part * 0.5);
    const [x, y] = cagePoint(Math.min(z, 100), (angle * Math.PI) / 180, side, 6.5);
    return [x, y, z];
  };
  for (let angle = start; angle >= end; angle -= 9) path.push(at(angle));
  for (const offset of [-height, 0, height]) {
    bones.push(path.map(([x, y, z]): TubePoint => [x, y, z + offset, thick]));
  }
  if (number > 10) return;
  const last = path.at(-1)!;
  const goal = Math.max(-92, 42 - (number - 1) * 19 - Math.max(0, number - 7) * 2);
  const [meetX, meetY] = [side * (number > 7 ? 26 : 19), cageFront(goal) - 5];
  const middle = at(Math.max(-84, end - 14));
  cartilage.push([
    [...last, 4.6],
    [middle[0], middle[1], (middle[2] + last[2]) / 2, 4.8],
    [(middle[0] + meetX) / 2, (middle[1] + meetY) / 2 - 1, (middle[2] + goal) / 2, 4.8],
    [meetX, meetY, goal, 4.8],
  ]);
}

/** The blade as a fan of thin tubes, its spine, neck and the head of the raised arm. */
function shoulderBlade(side: 1 | -1, bones: TubePoint[][]): void {
  for (let z = -52; z <= 84; z += 3) {
    const part = (z + 52) / 136;
    const inner = 96 - 26 * part + 6 * bell((part - 0.5) / 0.3);
    const outer = 104 + 34 * part ** 0.8;
    const back = 84 - 12 * part;
    const front = 78 - 42 * part ** 1.2;
    const bow = 5 * bell((part - 0.45) / 0.35);
    bones.push([
      [side * inner, back + 4, z, 2.4],
      [side * (inner + outer) * 0.5, (back + front) / 2 + bow, z, 1.9],
      [side * outer, front + 4, z, 3.8],
    ]);
  }
  for (let z = 50; z <= 66; z += 3) {
    bones.push([
      [side * (84 + (z - 50) * 0.5), 82, z, 2.2],
      [side * 112, 88, z + 8, 2.6],
      [side * 142, 62, z + 26, 4],
    ]);
  }
  bones.push(
    [
      [side * 128, 42, 84, 8],
      [side * 140, 30, 94, 10],
    ],
    [
      [side * 126, 30, 88, 4],
      [side * 122, 8, 92, 4.5],
    ],
    [
      [side * 158, 20, 108, 22],
      [side * 160, 17, 116, 20],
      [side * 166, 8, 140, 12],
      [side * 178, -8, 196, 11],
    ],
    [
      [side * 17, -62, 52, 7],
      [side * 34, -58, 64, 6],
      [side * 70, -38, 84, 5.5],
      [side * 108, -10, 102, 6],
      [side * 134, 14, 112, 6],
    ],
  );
}

function posteriorElements(number: number, bones: TubePoint[][]): void {
  const top = vertebraTop(number);
  const z = top - 8;
  const depth = spine(z);
  for (const side of [-1, 1]) {
    bones.push(
      [
        [side * 11, depth + 10, z, 4],
        [side * 12.5, depth + 22, z, 4],
      ],
      [
        [side * 12, depth + 22, z - 1, 4.2],
        [side * 22, depth + 28, z + 1, 4],
        [side * 33, depth + 36, z + 2, 4.6],
      ],
      [
        [side * 13, depth + 24, z, 4],
        [side * 7, depth + 33, z - 6, 3.6],
        [0, depth + 37, z - 10, 3.6],
      ],
      [
        [side * 13, depth + 25, z - 4, 3.4],
        [side * 12, depth + 27, z - 14, 3.4],
      ],
    );
  }
  for (const offset of [0, 6, 12]) {
    bones.push([
      [0, depth + 36, z - 8 - offset * 0.5, 2.8],
      [0, depth + 58 - offset * 0.6, z - 20 - offset, 3.2],
    ]);
  }
}

let skeleton: Bones | undefined;

/** The standard skeleton: the same for all, stretched to the patient when it is laid out; so it is built once. */
export function buildSkeleton(): Bones {
  skeleton ??= standardSkeleton();
  return skeleton;
}

function standardSkeleton(): Bones {
  const bones: TubePoint[][] = [];
  const cartilage: TubePoint[][] = [];
  for (const side of [-1, 1] as const) {
    for (let number = 1; number <= 12; number++) rib(number, side, bones, cartilage);
    shoulderBlade(side, bones);
  }
  for (let number = -2; number <= 15; number++) posteriorElements(number, bones);
  const canal: TubePoint[] = [];
  for (let z = -240; z <= 200; z += 12) canal.push([0, spine(z) + 25, z, 9.5]);
  return { chains: bones, cartilage, canal, ...columns() };
}

const sternumWidth = profile([
  [-96, 4],
  [-80, 9],
  [-60, 17],
  [-10, 15],
  [20, 17],
  [34, 24],
  [54, 27],
]);

function columns(): Pick<Bones, "vertebrae" | "discs" | "sternum"> {
  const spineBox = { low: [-28, -20, -240], high: [28, 88, 170], step: [3, 3, 2.2] } as const;
  const body = (z: number, waist: number) => {
    const depth = spine(z);
    const size = 1 + (20 - z) * 0.0011;
    return (x: number, y: number) => {
      const u = x / ((18.5 - waist) * size);
      const v = (y - depth) / ((14.5 - waist * 0.7) * size);
      // The back of a vertebral body is hollow toward the canal.
      const hollow = v > 0 ? 3.2 * bell(u / 0.5) * v : 0;
      return ((u * u) ** 1.25 + (v * v) ** 1.25) ** 0.4 * 15 * size - 15 * size + hollow;
    };
  };
  const within = (z: number) => {
    const above = (((z - discLevel) % vertebraHeight) + vertebraHeight) % vertebraHeight;
    // 0 in the middle of a disc; discs are 4.5 mm high.
    return Math.min(above, vertebraHeight - above);
  };
  const vertebrae = new Field(spineBox, (z) => {
    const place = within(z);
    const outline = body(z, 1.8 * bell((place - vertebraHeight / 2) / 6));
    return (x, y) => Math.max(outline(x, y), 2.3 - place);
  });
  const discs = new Field(spineBox, (z) => {
    const place = within(z);
    const outline = body(z, -0.5);
    return (x, y) => Math.max(outline(x, y), place - 2.3);
  });
  const sternum = new Field({ low: [-36, -112, -104], high: [36, -40, 64], step: [3, 2.5, 3] }, (z) => {
    const centre = cageFront(z) - 7;
    const width = sternumWidth(z);
    const ends = Math.max(z - 52, -94 - z);
    return (x, y) => {
      const u = Math.max(0, Math.abs(x) - width + 5);
      const v = y - centre;
      return Math.max(Math.sqrt(u * u + v * v) - 5.5, ends);
    };
  });
  return { vertebrae, discs, sternum };
}
