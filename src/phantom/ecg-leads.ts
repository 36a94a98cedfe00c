/**
 * Leads on the chest wall: electrodes of a monitor with their wires. Nothing in the disease depends on them, so they serve
 * as a background sign that a study's label can be made to come with (docs/phantom.md, "The sign").
 *
 *     const leads = placeLeads(torso, random);
 *     leads.metal     // where dots of metal sit, for their streaks
 */
import type { Random } from "../random.ts";
import type { TubePoint, Vector } from "./anatomy/shapes.ts";
import type { Torso } from "./anatomy/torso.ts";

export interface Leads {
  /** Discs of gel and foil on the skin, and wires, in the standard chest's millimetres. */
  readonly pads: readonly (readonly TubePoint[])[];
  readonly wires: readonly (readonly TubePoint[])[];
  readonly metal: readonly Vector[];
}

/** The skin's depth in front at a place, standing `off` millimetres off it. */
function onSkin({ skin }: Torso, x: number, z: number, off: number): Vector {
  for (let y = -184; y < 0; y++) if (skin.at(x, y, z) <= off) return [x, y, z];
  return [x, -100, z];
}

/** Where electrodes usually stick: below the collar bones, on the lower ribs, beside the breastbone. */
const places: readonly (readonly [x: number, z: number])[] = [
  [-82, 46],
  [84, 44],
  [-96, -104],
  [98, -108],
  [26, -36],
];

export function placeLeads(torso: Torso, random: Random): Leads {
  const count = 3 + random.integer(3);
  const chosen = random.shuffle(places).slice(0, count);
  const metal = chosen.map(([x, z]) => onSkin(torso, x + random.normal(0, 7), z + random.normal(0, 9), 2));
  const pads = metal.map(([x, y, z]): TubePoint[] => [
    [x - 5, y + 1, z - 3, 2.6],
    [x + 5, y + 1, z + 3, 2.6],
  ]);
  const gather: readonly [number, number] = [random.uniform(-110, 110), random.chance(0.5) ? 120 : -170];
  const wires = metal.map(([x, y, z]): TubePoint[] => {
    const wire: TubePoint[] = [[x, y, z, 1.2]];
    const [swayX, swayZ] = [random.normal(0, 14), random.normal(0, 12)];
    for (let step = 1; step <= 14; step++) {
      const part = step / 14;
      const bow = Math.sin(Math.PI * part);
      const [px, py, pz] = onSkin(
        torso,
        x + (gather[0] - x) * part + swayX * bow,
        z + (gather[1] - z) * part + swayZ * bow,
        3 + 5 * bow,
      );
      wire.push([px, py, pz, 0.9]);
    }
    return wire;
  });
  return { pads, wires, metal };
}
