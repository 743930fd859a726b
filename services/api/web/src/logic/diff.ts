/** The lines of a release's changes, column by column. */
export interface Lines {
  change: string[];
  currency: string[];
  product: string[];
  sku: string[];
  segment: string[];
  title: string[];
  unit_percent: string[];
  erp_percent: string[];
}

export interface DiffFilter {
  change?: string | undefined;
  q?: string | undefined;
  segment?: string | undefined;
  currency?: string | undefined;
  /** At least so many percent, up or down. */
  least?: string | undefined;
  way?: string | undefined;
}

/** The places of the lines that a filter lets through, in their order. */
export function chosen(l: Lines, f: DiffFilter): number[] {
  const words = (f.q ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  const least = Number(f.least ?? 0) || 0;
  const found: number[] = [];
  for (let i = 0; i < l.change.length; i++) {
    if (f.change && l.change[i] !== f.change) continue;
    if (f.segment && l.segment[i] !== f.segment) continue;
    if (f.currency && l.currency[i] !== f.currency) continue;
    if (least > 0 || f.way) {
      const move = farther(l.unit_percent[i]!, l.erp_percent[i]!);
      if (move === null || Math.abs(move) < least || (f.way === "up" && move <= 0) || (f.way === "down" && move >= 0)) continue;
    }
    if (words.length > 0) {
      const text = `${l.title[i]} ${l.product[i]}/${l.sku[i]}`.toLowerCase();
      if (!words.every((w) => text.includes(w))) continue;
    }
    found.push(i);
  }
  return found;
}

/** Of two percentages the one that is farther from 0. Percentages are rounded already, and are no prices. */
function farther(a: string, b: string): number | null {
  if (a === "" && b === "") return null;
  const [x, y] = [Number(a || 0), Number(b || 0)];
  return Math.abs(y) > Math.abs(x) ? y : x;
}

export function segmentsOf(l: Lines): { segments: string[]; currencies: string[] } {
  return { segments: [...new Set(l.segment)].filter(Boolean).sort(), currencies: [...new Set(l.currency)].sort() };
}
