/** What a few rounds say of one figure. */
export interface Spread {
  readonly median: number;
  readonly minimum: number;
  readonly maximum: number;
}

/** Of at least one value; the median of an even number is the mean of the two in the middle. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (index: number) => sorted[Math.floor(index)] ?? Number.NaN;
  return {
    median: (at((sorted.length - 1) / 2) + at(sorted.length / 2)) / 2,
    minimum: at(0),
    maximum: at(sorted.length - 1),
  };
}
