/** Numbers as one line for people. */
export function summary(values: readonly number[], unit = 'ms'): string {
  if (values.length === 0) return 'none';
  const sorted = [...values].sort((a, b) => a - b);
  const median = sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
  return `${sorted.length} times, median ${Math.round(median)} ${unit}, most ${Math.round(sorted.at(-1) ?? 0)} ${unit}`;
}
