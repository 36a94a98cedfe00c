/**
 * What keeps the lungs apart: heart, great vessels and hila under one smooth cover.
 *
 *     const cover = mediastinum(heart, patient.wander);
 *     cover(-30)(10, -20) < 0      // not lung
 */
import type { Heart } from "./heart.ts";
import { airways, aorta, arteries, oesophagus, systemicVeins } from "./landmarks.ts";
import { smoothUnion, type TubePoint, type Vector } from "./shapes.ts";
import { chainDistance } from "./torso.ts";

/** @param wander displacement of the hilar vessels */
export function mediastinum(heart: Heart, wander: Vector): (z: number) => (x: number, y: number) => number {
  const chains = [
    ...Object.values(aorta)
      .slice(0, 3)
      .map((path) => ({ path, extra: 3 })),
    { path: systemicVeins.superiorCaval, extra: 3 },
    { path: systemicVeins.inferiorCaval.slice(0, 3), extra: 3 },
    { path: airways.trachea.slice(1), extra: 7 },
    { path: airways.rightMain, extra: 5 },
    { path: airways.leftMain, extra: 5 },
    { path: airways.intermediate, extra: 3 },
    ...(["trunk", "rightMain", "leftMain", "rightInterlobar", "leftInterlobar"] as const).map((name) => ({
      path: arteries[name].map(([x, y, z, r]): TubePoint => [x + wander[0], y + wander[1], z + wander[2], r]),
      extra: 2.5,
    })),
    { path: oesophagus.slice(0, 5), extra: 3 },
  ].map(({ path, extra }) => {
    const reach = extra + 14 + Math.max(...path.map(([, , , radius]) => radius));
    const span = (axis: 0 | 1 | 2) => {
      const places = path.map((point) => point[axis]);
      return [Math.min(...places) - reach, Math.max(...places) + reach] as const;
    };
    return { distance: chainDistance(path, extra), x: span(0), y: span(1), z: span(2) };
  });
  return (z) => {
    const near = chains.filter((chain) => z > chain.z[0] && z < chain.z[1]);
    const upper = z > 8 ? (z > 30 ? 1 : (z - 8) / 22) : 0;
    return (x, y) => {
      // The vessels to neck and arms fill the upper mediastinum.
      let cover =
        upper === 0 ? 1000 : (Math.hypot((x + 3) / 32, (y + 8) / 47) - 1) * 34 + 30 * (1 - upper) + (z - 30) * 0.06;
      if (z < -10 && z > -175 && x > -95 && x < 120) cover = smoothUnion(cover, heart.outline(x, y, z), 12);
      for (const chain of near) {
        if (x < chain.x[0] || x > chain.x[1] || y < chain.y[0] || y > chain.y[1]) continue;
        cover = smoothUnion(cover, chain.distance(x, y, z), 10);
      }
      return cover;
    };
  };
}
