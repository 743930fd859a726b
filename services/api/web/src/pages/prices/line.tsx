import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { all, answer, answerAs, api, type Schemas } from "../../api/client.ts";
import { plotted } from "../../format/money.ts";
import { at, believed, corrections, learned, type Period } from "../../logic/belief.ts";
import { commandLine, sqlText } from "../../logic/commands.ts";
import { Chart } from "../../parts/chart.tsx";
import { CopyAs, curl } from "../../parts/copy.tsx";
import { KnownAt } from "../../parts/known.tsx";
import { Badge, Card, Page, useNow } from "../../parts/page.tsx";
import { Empty, Show } from "../../parts/states.tsx";
import { type Column, Table } from "../../parts/table.tsx";
import { type Search, useUrl } from "../../parts/url.ts";
import { useText } from "../../text/index.tsx";
import { ReleaseLink } from "../releases/release.tsx";
import { lineSearch, PriceNav, useMarkets } from "./shared.tsx";

interface Said {
  unit: string | null;
  erp: string | null;
  release: string;
}
const same = (a: Said, b: Said) => a.unit === b.unit && a.erp === b.erp;

/** One licence price: what it is, was and will be, and what was believed of it on any day. */
export function LinePage() {
  const [url] = useUrl();
  const asked = {
    market: url["market"] ?? "",
    product: url["product"] ?? "",
    sku: url["sku"] ?? "",
    term: url["term"] ?? "",
    billing: url["billing"] ?? "",
    currency: url["currency"],
    tier: url["tier"],
  };
  const flags = {
    market: asked.market,
    product: asked.product,
    sku: asked.sku,
    term: asked.term,
    billing: asked.billing,
    currency: asked.currency,
  };
  const history = useQuery({
    queryKey: ["prices", "history", asked],
    queryFn: () => answerAs<"PageOfPricePeriodView">(api.GET("/v1/prices/history", { params: { query: asked } })),
  });
  const now = useQuery({
    queryKey: ["prices", "one", asked],
    queryFn: () => answerAs<"PageOfPriceView">(api.GET("/v1/prices", { params: { query: asked } })),
    retry: false,
  });
  const one = now.data?.items?.[0];
  return (
    <Page
      title={one?.sku_title ?? `${asked.product}/${asked.sku}`}
      lead={
        <>
          {asked.market} · <code>{`${asked.product}/${asked.sku}`}</code> · {asked.term} · {asked.billing} · {asked.currency}{" "}
          {one?.segment && `· ${one.segment}`}
        </>
      }
      actions={
        <CopyAs
          ways={{
            cli: commandLine(["price", "history"], flags),
            curl: curl("/v1/prices/history", asked),
            sql: `SELECT * FROM license_prices WHERE market = ${sqlText(asked.market ?? "")} AND product = ${sqlText(asked.product ?? "")} AND sku = ${sqlText(asked.sku ?? "")} AND term = ${sqlText(asked.term ?? "")} AND billing = ${sqlText(asked.billing ?? "")} ORDER BY known_at`,
          }}
        />
      }
    >
      <PriceNav />
      <Show query={history}>{(page) => <History periods={all(page.items)} url={url} />}</Show>
      <Elsewhere asked={asked} />
    </Page>
  );
}

function History({ periods: raw, url }: { periods: readonly Schemas["PricePeriodView"][]; url: Search }) {
  const { t, money, moment } = useText();
  const [, set] = useUrl();
  const now = useNow();
  const first = raw[0];
  const mine = useMemo(
    () => raw.filter((p) => p.currency === (url["currency"] ?? first?.currency) && p.tier === (url["tier"] ?? first?.tier)),
    [raw, url["currency"], url["tier"], first],
  );
  const periods: Period<Said>[] = useMemo(
    () =>
      mine.map((p) => ({
        known_at: p.known_at,
        valid_from: p.valid_from,
        valid_to: p.valid_to,
        said: { unit: p.unit_price ?? null, erp: p.erp_price, release: p.release },
      })),
    [mine],
  );
  const known = url["known_at"] ? Date.parse(url["known_at"]) : null;
  const today = now.getTime();
  const view = useMemo(() => believed(periods, known ?? Number.POSITIVE_INFINITY, same), [periods, known]);
  const mended = useMemo(() => corrections(periods, today, same), [periods, today]);
  const knows = useMemo(() => learned(periods), [periods]);
  if (!first) return <Empty title={t("prices.none")} />;
  const currency = mine[0]?.currency ?? first.currency;
  const present = at(view, today);
  const next = view.find((s) => s.from > today);
  const before = view.filter((s) => s.from <= today).at(-2);
  const starts = view.map((s) => s.from).filter(Number.isFinite);
  const from = Math.min(...starts, today - 60 * 86_400_000) - 15 * 86_400_000;
  const to = Math.max(...starts, today) + 75 * 86_400_000;
  const points = (pick: (s: Said) => string | null) =>
    view.map((s) => ({ at: Number.isFinite(s.from) ? s.from / 1000 : from / 1000, value: s.said ? plotted(pick(s.said)) : null }));
  const lines = [
    { name: t("unitPrice"), points: points((s) => s.unit), marks: mended.map((m) => m.from / 1000) },
    { name: t("erpPrice"), points: points((s) => s.erp), dashed: true },
  ];
  const columns: Column<(typeof view)[number]>[] = [
    {
      id: "from",
      head: t("since"),
      width: 8,
      cell: (s) => (Number.isFinite(s.from) ? moment(new Date(s.from).toISOString().replace(".000Z", "Z")) : t("always")),
    },
    {
      id: "unit",
      head: t("unitPrice"),
      width: 7.5,
      end: true,
      cell: (s) => (s.said?.unit ? money(s.said.unit, currency) : <span className="soft">{t("noPrice")}</span>),
    },
    { id: "erp", head: t("erpPrice"), width: 7.5, end: true, cell: (s) => (s.said?.erp ? money(s.said.erp, currency) : "") },
    {
      id: "known",
      head: t("known.since"),
      width: 8.5,
      cell: (s) => (s.known !== null && Number.isFinite(s.known) ? moment(new Date(s.known).toISOString().replace(".000Z", "Z")) : ""),
    },
    { id: "release", head: t("release"), width: 15, cell: (s) => s.said?.release && <ReleaseLink id={s.said.release} /> },
    {
      id: "mark",
      head: t("noted"),
      width: 8,
      cell: (s) => mended.some((m) => m.from === s.from) && <Badge state="warning">{t("corrected")}</Badge>,
    },
  ];
  return (
    <>
      <div className="tiles">
        <div className="tile">
          <b>{present?.said?.unit ? money(present.said.unit, currency) : t("noPrice")}</b>
          <span>{t("price.now")}</span>
        </div>
        <div className="tile">
          <b>{present?.said?.erp ? money(present.said.erp, currency) : "–"}</b>
          <span>{t("erpPrice")}</span>
        </div>
        <div className="tile">
          <b>{before?.said?.unit ? money(before.said.unit, currency) : "–"}</b>
          <span>
            {present && before
              ? t("price.was", { at: moment(new Date(present.from).toISOString().replace(".000Z", "Z")) })
              : t("price.wasNot")}
          </span>
        </div>
        <div className="tile">
          <b>{next ? (next.said?.unit ? money(next.said.unit, currency) : t("noPrice")) : "–"}</b>
          <span>
            {next ? t("price.willBe", { at: moment(new Date(next.from).toISOString().replace(".000Z", "Z")) }) : t("price.willNot")}
          </span>
        </div>
      </div>
      <div className="columns">
        <Card title={t("chart")}>
          <Chart
            label={t("chart.label")}
            lines={lines}
            from={from / 1000}
            to={to / 1000}
            upright={[{ at: today / 1000, name: t("now") }, ...(known !== null ? [{ at: known / 1000, name: t("known.mark") }] : [])]}
          />
          <KnownAt learned={knows} value={known} onChange={(k) => set({ known_at: k === null ? "" : new Date(k).toISOString() }, true)} />
          <p className="soft">{known === null ? t("known.explain") : t("known.past")}</p>
        </Card>
        <Card title={known === null ? t("price.table") : t("price.tableKnown")}>
          <Table
            label={t("price.table")}
            columns={columns}
            rows={view}
            rowKey={(s) => String(s.from)}
            empty={<Empty title={t("known.nothing")} />}
            tall={40}
          />
        </Card>
      </div>
      {mended.length > 0 && (
        <Card title={t("corrections")}>
          <p className="soft">{t("corrections.text")}</p>
          <ul className="marks">
            {mended.map((m) => (
              <li key={m.from}>
                <span>
                  {moment(new Date(m.from).toISOString().replace(".000Z", "Z"))} –{" "}
                  {moment(new Date(m.to).toISOString().replace(".000Z", "Z"))}
                </span>
                <span>
                  <s>{m.said?.unit ? money(m.said.unit, currency) : t("noPrice")}</s> →{" "}
                  <b>{m.says?.unit ? money(m.says.unit, currency) : t("noPrice")}</b>
                </span>
                {m.known !== null && (
                  <span className="soft">{t("known.told", { at: moment(new Date(m.known).toISOString().replace(".000Z", "Z")) })}</span>
                )}
              </li>
            ))}
          </ul>
        </Card>
      )}
    </>
  );
}

/** The same line in every market and currency. */
function Elsewhere({ asked }: { asked: Record<string, string | undefined> }) {
  const { t, money } = useText();
  const markets = useMarkets();
  const query = useQuery({
    queryKey: ["prices", "markets", asked, markets],
    queryFn: () =>
      answer(
        api.POST("/v1/prices:lookup", {
          body: {
            items: markets.map((market) => ({
              market,
              product: asked["product"] ?? "",
              sku: asked["sku"] ?? "",
              term: asked["term"] ?? "",
              billing: asked["billing"] ?? "",
            })),
          } as never,
        }),
      ) as Promise<Schemas["ItemsOfPriceLookupView"]>,
    enabled: markets.length > 0,
  });
  const rows = all(query.data?.items).flatMap((i) => all(i.prices));
  if (rows.length < 2) return null;
  const columns: Column<Schemas["SourcedPriceView"]>[] = [
    {
      id: "market",
      head: t("market"),
      width: 6,
      cell: (p) => (
        <Link to="/prices/line" search={lineSearch(p) as never}>
          {p.market}
        </Link>
      ),
    },
    { id: "currency", head: t("currency"), width: 6, cell: (p) => p.currency },
    { id: "unit", head: t("unitPrice"), width: 8, end: true, cell: (p) => money(p.unit_price, p.currency) },
    { id: "erp", head: t("erpPrice"), width: 8, end: true, cell: (p) => money(p.erp_price, p.currency) },
    { id: "release", head: t("release"), width: 15, cell: (p) => <ReleaseLink id={p.release} /> },
  ];
  return (
    <Card title={t("price.markets")}>
      <Table label={t("price.markets")} columns={columns} rows={rows} rowKey={(p) => `${p.market} ${p.currency} ${p.tier}`} />
    </Card>
  );
}
