import { numberFormat } from "./formats.ts";

/** Prices are exact decimal texts from end to end: they are grouped and rounded by rules of text, never by floating point. */
export type Decimal = string;

const pattern = /^(-?)(\d+)(?:\.(\d+))?$/;

/** The number of decimals that a text has. */
export function decimals(value: Decimal): number {
  return pattern.exec(value)?.[3]?.length ?? 0;
}

/** An amount with its currency as a reader of the locale writes it, with every decimal that it has. */
export function money(value: Decimal, currency: string, locale: string): string {
  if (!pattern.test(value)) return `${value} ${currency}`;
  const digits = decimals(value);
  try {
    // A text is formatted exactly, as ECMAScript's Intl mathematical value.
    return numberFormat(locale, {
      style: "currency",
      currency,
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    }).format(value as Intl.StringNumericLiteral);
  } catch {
    return `${number(value, locale)} ${currency}`; // units that are no currencies
  }
}

/** A plain number as a reader of the locale writes it, with every decimal that it has. */
export function number(value: Decimal | number, locale: string): string {
  if (typeof value === "number") return numberFormat(locale, {}).format(value);
  if (!pattern.test(value)) return value;
  const digits = decimals(value);
  return numberFormat(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value as Intl.StringNumericLiteral);
}

/** A percentage that is already one (12.5 is 12.5 %), with a sign, to at most two decimals. */
export function percent(value: Decimal, locale: string): string {
  const format = numberFormat(locale, { maximumFractionDigits: 2, signDisplay: "exceptZero" });
  return `${format.format(value as Intl.StringNumericLiteral)} %`;
}

/** -1, 0 or 1 as a is less than, equal to or greater than b, exactly. */
export function compare(a: Decimal, b: Decimal): number {
  const [x, y] = [scaled(a), scaled(b)];
  const digits = Math.max(x.digits, y.digits);
  const [p, q] = [x.value * 10n ** BigInt(digits - x.digits), y.value * 10n ** BigInt(digits - y.digits)];
  return p < q ? -1 : p > q ? 1 : 0;
}

/** a minus b, exactly. */
export function minus(a: Decimal, b: Decimal): Decimal {
  const [x, y] = [scaled(a), scaled(b)];
  const digits = Math.max(x.digits, y.digits);
  return text(x.value * 10n ** BigInt(digits - x.digits) - y.value * 10n ** BigInt(digits - y.digits), digits);
}

/** By how many percent b is more than a, to two decimals, half away from zero; null of nothing. */
export function moved(a: Decimal, b: Decimal): Decimal | null {
  const base = scaled(a);
  if (base.value === 0n) return null;
  const difference = scaled(minus(b, a));
  const top = difference.value * 10n ** BigInt(base.digits + 4);
  const bottom = (base.value < 0n ? -base.value : base.value) * 10n ** BigInt(difference.digits);
  const half = top < 0n ? -bottom / 2n : bottom / 2n;
  return text((top + half) / bottom, 2);
}

function scaled(value: Decimal): { value: bigint; digits: number } {
  const parts = pattern.exec(value);
  if (!parts) throw new Error(`${value} is no decimal`);
  const fraction = parts[3] ?? "";
  const whole = BigInt(`${parts[2]}${fraction}`);
  return { value: parts[1] ? -whole : whole, digits: fraction.length };
}

function text(value: bigint, digits: number): Decimal {
  const sign = value < 0n ? "-" : "";
  const all = (value < 0n ? -value : value).toString().padStart(digits + 1, "0");
  const fraction = all.slice(all.length - digits).replace(/0+$/, "");
  return sign + all.slice(0, all.length - digits) + (digits > 0 && fraction ? `.${fraction}` : "");
}

/** Where a price is drawn. The one place where a price becomes a float: a pixel needs no more, and no text is made of it. */
export function plotted(value: Decimal | null | undefined): number | null {
  return value == null ? null : Number(value);
}
