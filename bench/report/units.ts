/**
 * How figures are written: every number with its unit, the same on the page and in its
 * charts. Pure; runs in Node and in the browser.
 */

/** What a figure is of. */
export type Unit =
  | "count"
  /** A number per something, or of nothing. */
  | "number"
  | "ms"
  | "seconds"
  | "bytes"
  | "usd"
  /** A multiple. */
  | "times"
  | "perSecond"
  /** Between -1 and 1. */
  | "correlation"
  | "gibHours";

/** What stands where nothing was measured. */
export const NOTHING = "–";

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
/** From here on, minutes say more than hundreds of seconds. */
const SECONDS_UNTIL_MS = 10 * MINUTE_MS;
const KIB = 1_024;
const BYTE_UNITS = ["bytes", "KiB", "MiB", "GiB", "TiB"];

const FORMATS: Readonly<Record<Unit, (value: number) => string>> = {
  count: (value) => group(value, 0),
  number: formatNumber,
  ms: formatMs,
  seconds: (value) => formatMs(value * SECOND_MS),
  bytes: formatBytes,
  usd: (value) => `$${formatNumber(value)}`,
  times: (value) => `${value < 10 ? group(value, 3) : formatNumber(value)}×`,
  perSecond: (value) => `${formatNumber(value)}/s`,
  // Cut and not rounded: what is less than one does not look like one.
  correlation: (value) => (Math.trunc(value * 10_000) / 10_000).toFixed(4),
  gibHours: (value) => `${formatNumber(value)} GiB h`,
};

/** Writes a figure; what is no number is a dash. */
export function format(unit: Unit, value: number | null | undefined): string {
  if (value === null || value === undefined || Number.isNaN(value)) return NOTHING;
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  return FORMATS[unit](value);
}

/** To a thousandth or to four digits, and no zeros that say nothing. */
export function formatNumber(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size < 0.001) return value.toPrecision(2);
  if (size < 1) return trimZeros(value.toFixed(4));
  if (size < 10) return trimZeros(value.toFixed(3));
  return group(value, Number.isInteger(value) || size >= 1_000 ? 0 : 1);
}

/** In the unit that suits it once it is rounded: a minute less a millisecond is a minute. */
function formatMs(ms: number): string {
  const size = Math.abs(ms);
  if (size < 9.95) return `${trimZeros(ms.toFixed(1))} ms`;
  const seconds = Math.round(ms / SECOND_MS);
  if (Math.round(size) < SECOND_MS) return `${ms.toFixed(0)} ms`;
  if (size < MINUTE_MS - 5) return `${(ms / SECOND_MS).toFixed(2)} s`;
  if (size < SECONDS_UNTIL_MS) return `${(ms / SECOND_MS).toFixed(1)} s`;
  if (seconds * SECOND_MS < HOUR_MS) {
    return `${Math.floor(seconds / 60)} min ${pad(seconds % 60)} s`;
  }
  const minutes = Math.round(ms / MINUTE_MS);
  return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} min`;
}

function formatBytes(bytes: number): string {
  let value = bytes;
  let power = 0;
  while (Math.round(Math.abs(value)) >= KIB && power < BYTE_UNITS.length - 1) {
    value /= KIB;
    power += 1;
  }
  const digits = power === 0 || value >= 100 ? 0 : 1;
  return `${group(value, digits)} ${BYTE_UNITS[power]}`;
}

/** A part of a whole, in percent. */
export function formatShare(part: number, whole: number): string {
  if (!(whole > 0)) return NOTHING;
  return `${trimZeros(((part / whole) * 100).toFixed(1))}%`;
}

/**
 * Writes a figure whose unit is the last word of its name, as `appDelayP99Ms`.
 * Returns the name in words, without the unit.
 */
export function formatNamed(name: string, value: number): [name: string, value: string] {
  const words = name.replace(/([a-z\d])([A-Z])/g, "$1 $2").split(/[\s_]+/);
  const unit = NAMED_UNITS[words.at(-1)!.toLowerCase()];
  const rest = unit && words.length > 1 ? words.slice(0, -1) : words;
  return [rest.join(" ").toLowerCase(), format(unit ?? "number", value)];
}

const NAMED_UNITS: Readonly<Record<string, Unit>> = {
  ms: "ms",
  seconds: "seconds",
  bytes: "bytes",
  usd: "usd",
  ratio: "times",
  count: "count",
};

function group(value: number, digits: number): string {
  return value.toLocaleString("en-US", {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}

function pad(value: number): string {
  return `${value}`.padStart(2, "0");
}

function trimZeros(text: string): string {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}
