import { Link } from "@tanstack/react-router";
import type { Rate, Schemas } from "../../api/client.ts";
import { Subnav } from "../../parts/page.tsx";
import type { Search } from "../../parts/url.ts";
import { useText } from "../../text/index.tsx";

export function RateNav() {
  const { t } = useText();
  return (
    <Subnav
      label={t("nav.rates")}
      links={[
        { to: "/rates", text: t("rates.explore") },
        { to: "/rates/changes", text: t("rates.changes") },
        { to: "/rates/movers", text: t("rates.movers") },
        { to: "/rates/expiring", text: t("rates.expiring") },
        { to: "/rates/corrections", text: t("corrections") },
      ]}
    />
  );
}

export type RateIdentity = Pick<Rate, "price_list" | "currency" | "meter_id" | "sku_id" | "type" | "reservation_term" | "tier">;

/** What names a rate, as an address has it. */
export function rateSearch(r: RateIdentity): Search {
  return {
    meter: r.meter_id,
    sku: r.sku_id,
    type: r.type,
    reservation: r.reservation_term,
    tier: r.tier,
    currency: r.currency,
    ...(r.price_list === "retail" ? {} : { price_list: r.price_list }),
  };
}

/** A rate's name as one text, and back. */
export const packed = (r: RateIdentity) => [r.meter_id, r.sku_id, r.type, r.reservation_term, r.tier, r.currency, r.price_list].join("|");

export function unpacked(text: string): RateIdentity {
  const [meter_id = "", sku_id = "", type = "", reservation_term = "", tier = "0", currency = "USD", price_list = "retail"] =
    text.split("|");
  return { meter_id, sku_id, type, reservation_term, tier, currency, price_list };
}

/** The question for one rate's history. */
export const historyQuery = (r: RateIdentity) => ({
  price_list: r.price_list,
  currency: r.currency,
  meter_id: r.meter_id,
  sku_id: r.sku_id,
  type: r.type,
  reservation_term: r.reservation_term,
  tier: r.tier,
});

export function MeterLink({ rate, name }: { rate: RateIdentity; name: string }) {
  return (
    <Link to="/rates/meter" search={rateSearch(rate) as never}>
      {name}
    </Link>
  );
}

/** What a unit and a kind of rate mean, in words. */
export function Explained({
  rate,
}: {
  rate: Pick<
    Schemas["RateView"],
    | "unit_of_measure"
    | "block_size"
    | "unit"
    | "type"
    | "reservation_term"
    | "hourly_equivalent"
    | "purchase_option"
    | "tier"
    | "included_quantity"
    | "currency"
    | "price_per_unit"
  >;
}) {
  const { t, number, money } = useText();
  const said: string[] = [];
  if (rate.type === "Reservation") {
    said.push(t("unit.reservation", { term: rate.reservation_term }));
    if (rate.hourly_equivalent) said.push(t("unit.hourly", { price: money(rate.hourly_equivalent, rate.currency) }));
  } else if (rate.block_size && rate.block_size !== "1") {
    said.push(t("unit.block", { size: number(rate.block_size), unit: rate.unit || rate.unit_of_measure }));
    if (rate.price_per_unit) said.push(t("unit.each", { price: money(rate.price_per_unit, rate.currency) }));
  } else {
    said.push(t("unit.one", { unit: rate.unit || rate.unit_of_measure }));
  }
  if (rate.purchase_option === "spot" || rate.purchase_option === "low-priority") said.push(t("unit.spot"));
  if (rate.purchase_option === "dev-test") said.push(t("unit.devtest"));
  if (rate.tier !== "0") said.push(t("unit.tier", { tier: number(rate.tier) }));
  if (rate.included_quantity && rate.included_quantity !== "0") said.push(t("unit.included", { n: number(rate.included_quantity) }));
  return (
    <ul className="consequences">
      {said.map((s) => (
        <li key={s}>{s}</li>
      ))}
    </ul>
  );
}
