import { useQuery } from "@tanstack/react-query";
import { all, type Price } from "../../api/client.ts";
import { calendar } from "../../api/queries.ts";
import { Subnav } from "../../parts/page.tsx";
import { useText } from "../../text/index.tsx";

export function PriceNav() {
  const { t } = useText();
  return (
    <Subnav
      label={t("nav.prices")}
      links={[
        { to: "/prices", text: t("prices.list") },
        { to: "/prices/compare", text: t("prices.compare") },
      ]}
    />
  );
}

/** The markets that have price lists. */
export function useMarkets(): string[] {
  const { data } = useQuery(calendar);
  return [...new Set(all(data?.items).flatMap((m) => (m.list === "license" ? [m.market] : [])))].sort();
}

/** What names a line, as an address has it. */
export function lineSearch(p: Pick<Price, "market" | "product" | "sku" | "term" | "billing" | "currency" | "tier">) {
  return { market: p.market, product: p.product, sku: p.sku, term: p.term, billing: p.billing, currency: p.currency, tier: p.tier };
}
