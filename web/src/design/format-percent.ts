/** A probability for people: "83 %", and "< 1 %" or "> 99 %" where rounding would claim certainty. */
export function formatPercent(probability: number): string {
  if (probability < 0.01) return "< 1 %";
  if (probability > 0.99) return "> 99 %";
  return `${Math.round(probability * 100)} %`;
}
