/** One measured figure. `baseline` is measured in the same run; `ratio` is value ÷ baseline, or of pairs where a benchmark says so. */
export interface BenchRow {
  bench: string;
  metric: string;
  value: number;
  unit: string;
  baseline: number | null;
  ratio: number | null;
}

/** Rounds to three significant decimals: more would be noise. */
export const rounded = (value: number): number => Math.round(value * 1000) / 1000;

/** The value below which `share` (0–1) of the samples lie. Throws when there are none. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  if (value === undefined) throw new Error('No samples were measured.');
  return value;
}

/** Builds a row, rounding its figures. */
export function row(
  bench: string,
  metric: string,
  value: number,
  unit: string,
  baseline: number | null = null,
): BenchRow {
  return {
    bench,
    metric,
    value: rounded(value),
    unit,
    baseline: baseline === null ? null : rounded(baseline),
    ratio: baseline === null || baseline === 0 ? null : rounded(value / baseline),
  };
}
