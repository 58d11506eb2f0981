/** Numbers as shown. */
import type { Measure } from "./wire";

export function duration(us: number): string {
  if (us >= 60e6) return `${digits(us / 60e6)} min`;
  if (us >= 1e6) return `${digits(us / 1e6)} s`;
  if (us >= 1e3) return `${digits(us / 1e3)} ms`;
  return `${digits(us)} \u00b5s`;
}

/** Three significant digits, never an exponent. */
export function digits(value: number): string {
  if (value === 0) return "0";
  if (value >= 99.95) return count(Math.round(value));
  if (value >= 9.995) return value.toFixed(1);
  return value.toFixed(2);
}

const WHOLE = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

export function count(value: number): string {
  return WHOLE.format(value);
}

export function percent(part: number, whole: number): string {
  if (!(whole > 0)) return "\u2013";
  const value = (100 * part) / whole;
  if (value > 0 && value < 0.1) return "<0.1%";
  return `${value.toFixed(1)}%`;
}

/**
 * 95 % Wilson interval of a share seen in `hits` of `samples`, as text. Samples are taken as
 * independent, so it is a lower bound of the uncertainty.
 */
export function interval(hits: number, samples: number): string {
  if (!(samples > 0) || hits > samples) return "";
  const z = 1.96;
  const p = hits / samples;
  const scale = 1 + (z * z) / samples;
  const middle = (p + (z * z) / (2 * samples)) / scale;
  const half = (z / scale) * Math.sqrt((p * (1 - p)) / samples + (z * z) / (4 * samples * samples));
  const low = 100 * Math.max(middle - half, 0);
  const high = 100 * Math.min(middle + half, 1);
  return `${low.toFixed(1)}\u2013${high.toFixed(1)}%`;
}

/** A value of a measure: a duration, or bytes. */
export function amount(value: number, measure: Measure): string {
  return measure === "cpu" ? duration(value) : bytes(value);
}

const BYTE_UNITS = ["kB", "MB", "GB", "TB"];

/** Bytes; a kB is 1,000 bytes, as in the server's texts. */
export function bytes(value: number): string {
  if (value < 999.5) return `${count(Math.round(value))} B`;
  let scaled = value / 1000;
  let unit = 0;
  while (scaled >= 999.5 && unit < BYTE_UNITS.length - 1) {
    scaled /= 1000;
    unit++;
  }
  return `${digits(scaled)} ${BYTE_UNITS[unit]}`;
}

/** A difference of two shares of `whole` in percentage points, with its sign; the unit stands elsewhere. */
export function pointsAlone(change: number, whole: number): string {
  if (!(whole > 0)) return "\u2013";
  const value = (100 * change) / whole;
  if (Math.abs(value) < 0.05) return value === 0 ? "0" : value > 0 ? "+<0.1" : "\u2212<0.1";
  return `${value > 0 ? "+" : "\u2212"}${Math.abs(value).toFixed(1)}`;
}

/** The same with its unit. */
export function points(change: number, whole: number): string {
  if (!(whole > 0)) return "\u2013";
  return `${pointsAlone(change, whole)} points`;
}
