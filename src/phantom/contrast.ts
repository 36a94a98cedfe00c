/**
 * The contrast agent: how bright each blood pool is at the moment of the scan.
 *
 *     const contrast = drawContrast(random, 340);
 *     contrast.arteries   // HU in the pulmonary trunk, 180 to 500
 *
 * Timing moves from early (dense caval vein, grey aorta and pulmonary veins) to late (everything alike).
 */
import type { Random } from "../random.ts";

export interface Bolus {
  /** HU in the pulmonary trunk, 180 to 500. */
  readonly arteries: number;
  /** Share of it that reaches 2 mm arteries. */
  readonly distal: number;
  readonly veins: number;
  readonly superiorCaval: number;
  readonly inferiorCaval: number;
  readonly rightAtrium: number;
  readonly rightVentricle: number;
  readonly leftHeart: number;
  readonly aorta: number;
  readonly myocardium: number;
  readonly liver: number;
  readonly spleen: number;
  /** Deviation of smooth unevenness in the arteries, as a share. */
  readonly unevenness: number;
  /** Early 0 to late 1. */
  readonly timing: number;
}

/** @param bolus the hospital's usual HU in the pulmonary trunk */
export function drawContrast(random: Random, bolus: number): Bolus {
  const timing = random.uniform();
  const arteries = Math.min(500, Math.max(180, random.normal(bolus, 70)));
  const late = timing ** 1.2;
  const returned = Math.max(55, arteries * Math.min(1.02, 0.25 + 0.85 * late));
  const aorta = Math.max(50, arteries * Math.min(1, 0.12 + 0.9 * late ** 1.4));
  return {
    arteries,
    distal: random.uniform(0.82, 1.02),
    veins: returned,
    superiorCaval: Math.min(1500, arteries * (0.9 + 2.4 * (1 - timing) ** 1.5 + random.uniform(0, 0.5))),
    inferiorCaval: random.uniform(50, 90) + timing * 45,
    rightAtrium: arteries * random.uniform(0.9, 1.15),
    rightVentricle: arteries * random.uniform(0.96, 1.1),
    leftHeart: (returned + aorta) / 2,
    aorta,
    myocardium: 60 + (aorta > 120 ? random.uniform(15, 45) : random.uniform(0, 20)),
    liver: 52 + timing * random.uniform(5, 40),
    spleen: 50 + timing * random.uniform(10, 80),
    unevenness: random.uniform(0.02, 0.06) + (random.chance(0.2) ? random.uniform(0.03, 0.07) : 0),
    timing,
  };
}
