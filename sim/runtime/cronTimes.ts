/**
 * When a cron runs next. Source: `compute_next_ts` in crates/model/src/cron_jobs/next_ts.rs of
 * convex-backend at 94a42c3d; all times are UTC.
 *
 * Owns the schedules' arithmetic; who runs when is `crons.ts`.
 */

/** A schedule as `cronJobs()` of `convex/server` keeps it. */
export type CronSchedule =
  | { type: "interval"; seconds?: number; minutes?: number; hours?: number }
  | { type: "hourly"; minuteUTC?: number }
  | { type: "daily"; hourUTC: number; minuteUTC?: number }
  | { type: "weekly"; dayOfWeek: string; hourUTC: number; minuteUTC?: number }
  | { type: "monthly"; day: number; hourUTC: number; minuteUTC?: number }
  | { type: "cron"; cron: string };

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** The longest that a date may not come: February 29th, over a century without one. */
const DAYS_MAX = 9 * 366;
const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split(" ");

/** Milliseconds between the runs of an interval; null for times of day. */
export function intervalOf(schedule: CronSchedule): number | null {
  if (schedule.type !== "interval") return null;
  const { seconds = 0, minutes = 0, hours = 0 } = schedule;
  return seconds * SECOND_MS + minutes * MINUTE_MS + hours * HOUR_MS;
}

/**
 * Over how many milliseconds the platform spreads the runs of a schedule: an hour where no
 * minute is asked for, else a minute.
 */
export function spreadOf(schedule: CronSchedule): number {
  if (schedule.type === "interval") return 0;
  if (schedule.type === "cron") return MINUTE_MS;
  return schedule.minuteUTC === undefined ? HOUR_MS : MINUTE_MS;
}

/** The first time after `after` that a schedule of times of day names. */
export function timeAfter(
  schedule: Exclude<CronSchedule, { type: "interval" }>,
  after: number,
): number {
  const expression = expressionOf(schedule);
  const [minutes, hours, dates, months, days] = expression.trim().split(/\s+/);
  const isMinute = matcher(minutes!);
  const isHour = matcher(hours!);
  const isDay = dayMatcher(dates!, months!, days!);
  const start = Math.floor(after / MINUTE_MS) * MINUTE_MS + MINUTE_MS;
  let day = Math.floor(start / DAY_MS) * DAY_MS;
  for (let tried = 0; tried < DAYS_MAX; tried += 1, day += DAY_MS) {
    if (!isDay(new Date(day))) continue;
    for (let time = Math.max(day, start); time < day + DAY_MS; time += MINUTE_MS) {
      const date = new Date(time);
      if (isHour(date.getUTCHours()) && isMinute(date.getUTCMinutes())) return time;
    }
  }
  throw new RangeError(`The cron "${expression}" never runs.`);
}

function expressionOf(schedule: Exclude<CronSchedule, { type: "interval" }>): string {
  if (schedule.type === "cron") return schedule.cron;
  const minute = schedule.minuteUTC ?? 0;
  switch (schedule.type) {
    case "hourly":
      return `${minute} * * * *`;
    case "daily":
      return `${minute} ${schedule.hourUTC} * * *`;
    case "weekly":
      return `${minute} ${schedule.hourUTC} * * ${schedule.dayOfWeek}`;
    case "monthly":
      return `${minute} ${schedule.hourUTC} ${schedule.day} * *`;
  }
}

/** Where both a date and a day of the week are given, either will do, as crons have it. */
function dayMatcher(dates: string, months: string, days: string): (day: Date) => boolean {
  const isDate = matcher(dates);
  const isMonth = matcher(months, (name) => MONTHS.indexOf(name) + 1);
  const isWeekday = matcher(days, (name) => DAYS.indexOf(name));
  const isEither = dates !== "*" && days !== "*";
  return (day) => {
    if (!isMonth(day.getUTCMonth() + 1)) return false;
    const weekday = day.getUTCDay();
    const ofDate = isDate(day.getUTCDate());
    const ofWeek = isWeekday(weekday) || (weekday === 0 && days !== "*" && isWeekday(7));
    return isEither ? ofDate || ofWeek : ofDate && ofWeek;
  };
}

/** One field of a cron: a list of values, ranges and steps. */
function matcher(
  field: string,
  nameToValue: (name: string) => number = Number,
): (value: number) => boolean {
  const value = (text: string): number =>
    /^\d+$/.test(text) ? Number(text) : nameToValue(text.slice(0, 3).toLowerCase());
  const parts = field.split(",").map((part) => {
    const [range = "*", step] = part.split("/");
    const [first = "*", last] = range.split("-");
    const isAll = first === "*";
    const from = isAll ? 0 : value(first);
    const to = last === undefined ? (isAll || step ? Infinity : from) : value(last);
    return { from, to, step: Number(step ?? 1) };
  });
  return (wanted) =>
    parts.some(
      ({ from, to, step }) =>
        wanted >= from && wanted <= to && (wanted - from) % step === 0,
    );
}
