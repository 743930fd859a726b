import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { address, all, answerAs, api, type Price } from "../../api/client.ts";
import { commandLine, sqlText } from "../../logic/commands.ts";
import { CopyAs, curl } from "../../parts/copy.tsx";
import { Card, Field, Page, Typed } from "../../parts/page.tsx";
import { Empty, Show } from "../../parts/states.tsx";
import { type Column, Table } from "../../parts/table.tsx";
import { useUrl } from "../../parts/url.ts";
import { useText } from "../../text/index.tsx";
import { lineSearch, PriceNav, useMarkets } from "./shared.tsx";

/** A market's list as of any instant, searched by words. */
export function PricesPage() {
  const { t, money, moment } = useText();
  const [url, set] = useUrl();
  const markets = useMarkets();
  const market = url["market"] ?? markets[0] ?? "";
  const asked = {
    market,
    words: url["q"],
    currency: url["currency"],
    segment: url["segment"],
    family: url["family"],
    product: url["product"],
    at: url["at"],
    known_at: url["known_at"],
  };
  const query = useInfiniteQuery({
    queryKey: ["prices", "list", asked],
    queryFn: ({ pageParam }) =>
      answerAs<"PageOfPriceView">(api.GET("/v1/prices", { params: { query: { ...asked, limit: 200, cursor: pageParam } } })),
    initialPageParam: "",
    getNextPageParam: (page) => page.next || undefined,
    enabled: market !== "",
  });
  const columns: Column<Price>[] = [
    {
      id: "title",
      head: t("product"),
      width: 22,
      title: (p) => p.sku_title,
      cell: (p) => (
        <Link to="/prices/line" search={{ ...lineSearch(p), at: url["at"] } as never}>
          {p.sku_title || p.product_title}
        </Link>
      ),
    },
    { id: "sku", head: "SKU", width: 12, cell: (p) => <code>{`${p.product}/${p.sku}`}</code> },
    { id: "term", head: t("term"), width: 5, cell: (p) => p.term },
    { id: "billing", head: t("billing"), width: 8, cell: (p) => p.billing },
    { id: "segment", head: t("segment"), width: 9, cell: (p) => p.segment },
    { id: "unit", head: t("unitPrice"), width: 9, end: true, cell: (p) => money(p.unit_price, p.currency) },
    { id: "erp", head: t("erpPrice"), width: 9, end: true, cell: (p) => money(p.erp_price, p.currency) },
    { id: "from", head: t("since"), width: 9, cell: (p) => (p.valid_from ? moment(p.valid_from) : t("always")) },
    { id: "to", head: t("until"), width: 9, cell: (p) => (p.valid_to ? moment(p.valid_to) : <span className="soft">{t("open")}</span>) },
  ];
  const file = (format: string) => address("/v1/prices", { ...asked, format });
  return (
    <Page
      title={t("prices.title")}
      lead={t("prices.lead")}
      actions={
        <>
          <CopyAs
            ways={{
              cli: commandLine(["price", "list"], {
                market,
                currency: url["currency"],
                segment: url["segment"],
                family: url["family"],
                at: url["at"],
                "known-at": url["known_at"],
              }),
              curl: curl("/v1/prices", asked),
              sql: `SELECT * FROM license_prices_at(valid_at = ${sqlText(url["at"] ?? "2100-01-01")}, known_at = ${sqlText(url["known_at"] ?? "2100-01-01")}) WHERE market = ${sqlText(market)}`,
            }}
          />
          {market && (
            <>
              <a className="button" href={file("csv")} download>
                {t("download")} CSV
              </a>
              <a className="button" href={file("xlsx")} download>
                XLSX
              </a>
              <a className="button" href={file("parquet")} download>
                Parquet
              </a>
            </>
          )}
        </>
      }
    >
      <PriceNav />
      <div className="filters">
        <Field label={t("find")} grow>
          <Typed value={url["q"] ?? ""} onChange={(q) => set({ q }, true)} placeholder={t("prices.find")} />
        </Field>
        <Field label={t("market")}>
          <select value={market} onChange={(e) => set({ market: e.target.value, currency: "" })}>
            {markets.map((m) => (
              <option key={m}>{m}</option>
            ))}
          </select>
        </Field>
        <Field label={t("segment")}>
          <select value={url["segment"] ?? ""} onChange={(e) => set({ segment: e.target.value })}>
            <option value="">{t("all")}</option>
            {["Commercial", "Education", "Charity", "Government"].map((s) => (
              <option key={s}>{s}</option>
            ))}
          </select>
        </Field>
        <Field label={t("family")}>
          <select value={url["family"] ?? ""} onChange={(e) => set({ family: e.target.value })}>
            <option value="">{t("all")}</option>
            {["Office 365", "EMS", "Dynamics CRM", "other"].map((s) => (
              <option key={s}>{s}</option>
            ))}
          </select>
        </Field>
        <Field label={t("validAt")} hint={t("validAt.hint")}>
          <input type="date" value={(url["at"] ?? "").slice(0, 10)} onChange={(e) => set({ at: e.target.value }, true)} />
        </Field>
        <Field label={t("known.at")} hint={t("known.hint")}>
          <input type="date" value={(url["known_at"] ?? "").slice(0, 10)} onChange={(e) => set({ known_at: e.target.value }, true)} />
        </Field>
      </div>
      {market === "" ? (
        <NoPrices />
      ) : (
        <Show query={query} lines={8}>
          {(data) => (
            <Table
              label={t("prices.title")}
              columns={columns}
              rows={data.pages.flatMap((p) => all(p.items))}
              rowKey={(p) => `${p.currency} ${p.product} ${p.sku} ${p.term} ${p.billing} ${p.tier}`}
              onEnd={query.hasNextPage && !query.isFetchingNextPage ? () => void query.fetchNextPage() : undefined}
              empty={
                <Empty title={t("prices.none")}>
                  <p>{t("prices.noneText")}</p>
                </Empty>
              }
            />
          )}
        </Show>
      )}
      {url["q"] && <Elsewhere q={url["q"]} market={market} />}
    </Page>
  );
}

function NoPrices() {
  const { t } = useText();
  return (
    <Empty title={t("prices.empty")}>
      <p>{t("calendar.emptyText")}</p>
      <Link to="/releases/new" className="button primary">
        {t("upload.action")}
      </Link>
    </Empty>
  );
}

/** What the same words find in other markets' lists, and among usage rates. */
function Elsewhere({ q, market }: { q: string; market: string }) {
  const { t, money } = useText();
  const others = useMarkets().filter((m) => m !== market);
  const prices = useQuery({
    queryKey: ["prices", "elsewhere", q, others],
    queryFn: async () => {
      const pages = await Promise.all(
        others
          .slice(0, 12)
          .map((m) => answerAs<"PageOfPriceView">(api.GET("/v1/prices", { params: { query: { market: m, words: q, limit: 5 } } }))),
      );
      return pages.flatMap((p) => all(p.items));
    },
    enabled: others.length > 0,
  });
  const rates = useQuery({
    queryKey: ["rates", "elsewhere", q],
    queryFn: () => answerAs<"PageOfRateView">(api.GET("/v1/rates", { params: { query: { words: q, limit: 8 } } })),
  });
  const found = all(rates.data?.items);
  return (
    <div className="columns">
      {others.length > 0 && (
        <Card title={t("elsewhere.markets")}>
          <ul className="marks">
            {(prices.data ?? []).map((p) => (
              <li key={`${p.market} ${p.currency} ${p.product} ${p.sku} ${p.term} ${p.billing}`}>
                <b>{p.market}</b>
                <Link to="/prices/line" search={lineSearch(p) as never}>
                  {p.sku_title}
                </Link>
                <span className="soft">{`${p.term} ${p.billing}`}</span>
                <span>{money(p.unit_price, p.currency)}</span>
              </li>
            ))}
            {prices.data?.length === 0 && <li className="soft">{t("nothing")}</li>}
          </ul>
        </Card>
      )}
      <Card
        title={t("elsewhere.rates")}
        actions={
          <Link to="/rates" search={{ q } as never}>
            {t("more")}
          </Link>
        }
      >
        <ul className="marks">
          {found.map((r) => (
            <li key={`${r.meter_id} ${r.sku_id} ${r.type} ${r.tier} ${r.reservation_term}`}>
              <span>
                {r.product_name} · {r.meter_name}
              </span>
              <span className="soft">{r.region}</span>
              <span>{money(r.price, r.currency)}</span>
            </li>
          ))}
          {rates.data && found.length === 0 && <li className="soft">{t("nothing")}</li>}
        </ul>
      </Card>
    </div>
  );
}
