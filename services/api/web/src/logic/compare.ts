import type { Price } from "../api/client.ts";
import { compare, moved } from "../format/money.ts";

/** A line of two lists: on one side only, at another price, or alike. */
export interface Pair {
  key: string;
  kind: "a" | "b" | "other" | "same";
  a?: Price;
  b?: Price;
  /** By how many percent B is dearer; null where the currencies are not the same. */
  percent: string | null;
}

/** What is compared: the unit price, or the ERP price where the reader may not see what the partner pays. */
const seen = (p: Price) => p.unit_price ?? p.erp_price;

/**
 * Pairs the lines of two lists by product, SKU, term, billing plan and tier, and by currency where both have it. Lines of another currency
 * are paired where one side has a single currency. What moves farthest comes first.
 */
export function joined(x: readonly Price[], y: readonly Price[]): Pair[] {
  const one = (list: readonly Price[]) => new Set(list.map((p) => p.currency)).size <= 1;
  const byCurrency = !(one(x) && one(y));
  const key = (p: Price) => [p.product, p.sku, p.term, p.billing, p.tier, ...(byCurrency ? [p.currency] : [])].join(" ");
  const pairs = new Map<string, Pair>();
  for (const a of x) pairs.set(key(a), { key: key(a), kind: "a", a, percent: null });
  for (const b of y) {
    const k = key(b);
    const pair = pairs.get(k);
    if (!pair?.a) {
      pairs.set(k, { key: k, kind: "b", b, percent: null });
      continue;
    }
    const comparable = pair.a.currency === b.currency;
    const alike = comparable && compare(seen(pair.a), seen(b)) === 0 && compare(pair.a.erp_price, b.erp_price) === 0;
    pairs.set(k, {
      key: k,
      kind: alike ? "same" : "other",
      a: pair.a,
      b,
      percent: comparable && !alike ? moved(seen(pair.a), seen(b)) : null,
    });
  }
  const far = (p: Pair) => Math.abs(Number(p.percent ?? 0));
  return [...pairs.values()].sort((p, q) => far(q) - far(p) || p.key.localeCompare(q.key));
}
