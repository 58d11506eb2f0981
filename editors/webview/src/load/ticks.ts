/** Where axes have ticks, and what stands at them. */

/** Round values (1, 2 or 5 times a power of ten) from `least` to `most`, about `wanted` of them. */
export function linearTicks(least: number, most: number, wanted: number): number[] {
  if (!(most > least) || !(wanted >= 1)) return [least];
  const rough = (most - least) / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough * (1 - 1e-9)) ?? 10);
  const ticks: number[] = [];
  for (let i = Math.ceil(least / step - 1e-9); i * step <= most + step * 1e-9; i++) ticks.push(exact(i * step));
  // Between two round values there may be none.
  return ticks.length < 2 ? linearTicks(least, most, wanted * 2) : ticks;
}

/** Round values for a logarithmic axis, at most about `wanted`; a narrow range has ticks of a linear one. */
export function logTicks(least: number, most: number, wanted: number): number[] {
  if (!(least > 0) || !(most > least)) return [least];
  const decades = Math.log10(most / least);
  if (decades < 0.8) return linearTicks(least, most, wanted);
  const first = Math.floor(Math.log10(least));
  const last = Math.ceil(Math.log10(most));
  const inside = (value: number) => value >= least * (1 - 1e-9) && value <= most * (1 + 1e-9);
  for (const factors of [[1, 2, 5], [1, 3], [1]]) {
    const ticks: number[] = [];
    for (let power = first; power <= last; power++) for (const factor of factors) ticks.push(exact(factor * 10 ** power));
    const shown = ticks.filter(inside);
    if (shown.length <= wanted && shown.length > 1) return shown;
  }
  const every = Math.ceil(decades / wanted);
  const ticks: number[] = [];
  for (let power = Math.ceil(Math.log10(least) - 1e-9); power <= last; power += every) ticks.push(exact(10 ** power));
  return ticks.filter(inside);
}

/** The number that was meant: 0.3 rather than 0.30000000000000004. */
function exact(value: number): number {
  return Number(value.toPrecision(12));
}

/** A tick's duration with as many digits as it has, never an exponent. */
export function durationTick(us: number): string {
  if (us === 0) return "0";
  if (us >= 1e6) return `${plain(us / 1e6)} s`;
  if (us >= 1e3) return `${plain(us / 1e3)} ms`;
  return `${plain(us)} \u00b5s`;
}

/** Ticks of a linear axis: all in the unit of the longest. */
export function durationTicks(values: readonly number[]): { value: number; text: string }[] {
  const most = Math.max(...values);
  const [unit, name] = most >= 1e6 ? [1e6, "s"] : most >= 1e3 ? [1e3, "ms"] : [1, "\u00b5s"];
  return values.map((value) => ({ value, text: value === 0 ? "0" : `${plain(value / unit)} ${name}` }));
}

/** A tick's count or rate: 1,500 or 20k. */
export function countTick(value: number): string {
  if (value >= 1e9) return `${plain(value / 1e9)}G`;
  if (value >= 1e6) return `${plain(value / 1e6)}M`;
  if (value >= 1e4) return `${plain(value / 1e3)}k`;
  return plain(value);
}

const PLAIN = new Intl.NumberFormat("en-US", { maximumSignificantDigits: 6 });

function plain(value: number): string {
  return PLAIN.format(value);
}

/** A percentile's name: p50, p99, p99.9. Never rounded up to all. */
export function percentileName(share: number): string {
  return `p${sharePercent(share)}`;
}

/** A share as a percentage, with more digits the nearer it is to all, and never rounded up to it. */
export function sharePercent(share: number): string {
  if (share >= 1) return "100";
  if (share > 0 && share < 0.001) return "<0.1";
  const decimals = Math.min(Math.max(Math.ceil(-Math.log10(1 - share) - 1e-9) - 1, 1), 6);
  const power = 10 ** decimals;
  return String(Math.floor(share * 100 * power + 1e-6) / power);
}

/** Shares of a percentile axis that ends at one request in `requests`: 0, 0.5, 0.9, 0.99 … */
export function percentileTicks(requests: number): number[] {
  const shares = [0, 0.5];
  for (let nines = 1; 10 ** nines <= requests * (1 + 1e-9) && nines <= 9; nines++) shares.push(exact(1 - 10 ** -nines));
  return shares;
}

const STEPS = [1, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.25, 0.2, 0.15];

/** Shares that a reader steps through: eleven to each nine. */
export function percentileSteps(requests: number): number[] {
  const shares: number[] = [];
  for (let nines = 0; nines <= 9; nines++) {
    for (const step of STEPS) {
      const rest = step * 10 ** -nines;
      if (rest * requests < 1 - 1e-9) return shares;
      shares.push(exact(1 - rest));
    }
  }
  return shares;
}
