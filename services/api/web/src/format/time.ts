import { dateFormat, distanceFormat } from "./formats.ts";

/** Instants are shown in UTC, which is what lists take effect in. */
const utc = { timeZone: "UTC" } as const;

export function day(at: string | Date, locale: string): string {
  return dateFormat(locale, { ...utc, day: "numeric", month: "short", year: "numeric" }).format(new Date(at));
}

/** A day without its year, where the year is said beside it. */
export function dayOnly(at: string, locale: string): string {
  return dateFormat(locale, { ...utc, day: "numeric", month: "short" }).format(new Date(at));
}

export function instant(at: string | Date, locale: string, seconds = false): string {
  const format = dateFormat(locale, {
    ...utc,
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    ...(seconds ? { second: "2-digit" } : {}),
    hourCycle: "h23",
  });
  return `${format.format(new Date(at))} UTC`;
}

export function month(of: string, locale: string, short = false): string {
  return dateFormat(locale, { ...utc, month: short ? "short" : "long", year: "numeric" }).format(new Date(`${of}-01T00:00:00Z`));
}

/** The day part alone of what begins at midnight, otherwise the minute as well. */
export function moment(at: string, locale: string): string {
  return /T00:00:00(\.0+)?Z$/.test(at) ? day(at, locale) : instant(at, locale);
}

/** How far an instant is from another, in the largest whole unit. */
export function distance(at: string | Date, now: Date, locale: string): string {
  const seconds = (new Date(at).getTime() - now.getTime()) / 1000;
  const format = distanceFormat(locale, { numeric: "auto" });
  for (const [unit, size] of [
    ["day", 86400],
    ["hour", 3600],
    ["minute", 60],
  ] as const) {
    if (Math.abs(seconds) >= size) return format.format(Math.trunc(seconds / size), unit);
  }
  return format.format(Math.trunc(seconds), "second");
}

/** The first instant of the month that is n months from the one of an instant. */
export function monthFrom(now: Date, n: number): string {
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + n, 1)).toISOString().slice(0, 10);
}
