import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { all, answerAs, api, type Price } from "../../api/client.ts";
import { commandLine } from "../../logic/commands.ts";
import { joined, type Pair } from "../../logic/compare.ts";
import { CopyAs } from "../../parts/copy.tsx";
import { Badge, Card, Field, Page, Typed } from "../../parts/page.tsx";
import { Empty, Show } from "../../parts/states.tsx";
import { type Column, Table } from "../../parts/table.tsx";
import { useUrl } from "../../parts/url.ts";
import { useText } from "../../text/index.tsx";
import { lineSearch, PriceNav, useMarkets } from "./shared.tsx";

type Asked = {
  market: string;
  currency?: string | undefined;
  at?: string | undefined;
  known_at?: string | undefined;
  words?: string | undefined;
};

/** Every page of a list. */
async function wholeList(asked: Asked): Promise<Price[]> {
  const found: Price[] = [];
  let cursor = "";
  do {
    const page = await answerAs<"PageOfPriceView">(api.GET("/v1/prices", { params: { query: { ...asked, limit: 10000, cursor } } }));
    found.push(...all(page.items));
    cursor = page.next ?? "";
  } while (cursor);
  return found;
}

/** Two lists beside each other: of two markets, two currencies, two dates, or two days' knowledge. */
export function ComparePage() {
  const { t, money, percent, number } = useText();
  const [url, set] = useUrl();
  const markets = useMarkets();
  const side = (s: "a" | "b"): Asked => ({
    market: url[`${s}_market`] ?? markets[0] ?? "",
    currency: url[`${s}_currency`],
    at: url[`${s}_at`],
    known_at: url[`${s}_known`],
    words: url["q"],
  });
  const [a, b] = [side("a"), side("b")];
  const query = useQuery({
    queryKey: ["prices", "compare", a, b],
    queryFn: async () => {
      const [x, y] = await Promise.all([wholeList(a), wholeList(b)]);
      return { x, y };
    },
    enabled: a.market !== "",
    structuralSharing: false,
  });
  const only = url["only"] ?? "different";
  const pairs = useMemo(() => (query.data ? joined(query.data.x, query.data.y) : []), [query.data]);
  const shown = useMemo(
    () => pairs.filter((p) => only === "all" || (only === "different" ? p.kind !== "same" : p.kind === only)),
    [pairs, only],
  );
  const columns: Column<Pair>[] = [
    {
      id: "kind",
      head: t("compare.kind"),
      width: 8.5,
      cell: (p) => <Badge state={{ a: "removed", b: "added", other: "price_changed", same: "" }[p.kind]}>{t(`compare.${p.kind}`)}</Badge>,
    },
    {
      id: "title",
      head: t("product"),
      width: 20,
      title: (p) => (p.a ?? p.b)!.sku_title,
      cell: (p) => (
        <Link to="/prices/line" search={lineSearch((p.a ?? p.b)!) as never}>
          {(p.a ?? p.b)!.sku_title}
        </Link>
      ),
    },
    { id: "sku", head: "SKU", width: 12, cell: (p) => <code>{`${(p.a ?? p.b)!.product}/${(p.a ?? p.b)!.sku}`}</code> },
    { id: "term", head: t("term"), width: 9, cell: (p) => `${(p.a ?? p.b)!.term} ${(p.a ?? p.b)!.billing}` },
    { id: "a", head: `A · ${t("unitPrice")}`, width: 9, end: true, cell: (p) => p.a && money(p.a.unit_price, p.a.currency) },
    { id: "b", head: `B · ${t("unitPrice")}`, width: 9, end: true, cell: (p) => p.b && money(p.b.unit_price, p.b.currency) },
    { id: "move", head: "%", width: 7, end: true, cell: (p) => p.percent && percent(p.percent) },
    { id: "ae", head: "A · ERP", width: 9, end: true, cell: (p) => p.a && money(p.a.erp_price, p.a.currency) },
    { id: "be", head: "B · ERP", width: 9, end: true, cell: (p) => p.b && money(p.b.erp_price, p.b.currency) },
  ];
  return (
    <Page
      title={t("compare.title")}
      lead={t("compare.lead")}
      actions={
        a.market === b.market ? (
          <CopyAs
            ways={{
              cli: commandLine(["price", "diff"], {
                market: a.market,
                from: a.at,
                to: b.at,
                "known-from": a.known_at,
                "known-to": b.known_at,
              }),
            }}
          />
        ) : undefined
      }
    >
      <PriceNav />
      <div className="columns">
        {(["a", "b"] as const).map((s) => (
          <Card key={s} title={s.toUpperCase()}>
            <div className="filters">
              <Field label={t("market")}>
                <select value={side(s).market} onChange={(e) => set({ [`${s}_market`]: e.target.value })}>
                  {markets.map((m) => (
                    <option key={m}>{m}</option>
                  ))}
                </select>
              </Field>
              <Field label={t("currency")}>
                <Typed
                  type="text"
                  value={url[`${s}_currency`] ?? ""}
                  onChange={(v) => set({ [`${s}_currency`]: v.toUpperCase() }, true)}
                  placeholder={t("all")}
                />
              </Field>
              <Field label={t("validAt")}>
                <input
                  type="date"
                  value={(url[`${s}_at`] ?? "").slice(0, 10)}
                  onChange={(e) => set({ [`${s}_at`]: e.target.value }, true)}
                />
              </Field>
              <Field label={t("known.at")}>
                <input
                  type="date"
                  value={(url[`${s}_known`] ?? "").slice(0, 10)}
                  onChange={(e) => set({ [`${s}_known`]: e.target.value }, true)}
                />
              </Field>
            </div>
          </Card>
        ))}
      </div>
      <div className="filters">
        <Field label={t("find")} grow>
          <Typed value={url["q"] ?? ""} onChange={(q) => set({ q }, true)} placeholder={t("prices.find")} />
        </Field>
        <Field label={t("compare.only")}>
          <select value={only} onChange={(e) => set({ only: e.target.value })}>
            {(["different", "other", "a", "b", "all"] as const).map((o) => (
              <option key={o} value={o}>
                {t(`compare.${o}`)}
              </option>
            ))}
          </select>
        </Field>
      </div>
      {a.market === "" ? (
        <Empty title={t("prices.empty")} />
      ) : (
        <Show query={query}>
          {() => (
            <>
              <p role="status" className="soft">
                {t("compare.shown", { n: shown.length, all: number(pairs.length) })}
              </p>
              <Table
                label={t("compare.title")}
                columns={columns}
                rows={shown}
                rowKey={(p) => p.key}
                empty={
                  <Empty title={t("compare.alike")}>
                    <p>{t("compare.alikeText")}</p>
                  </Empty>
                }
              />
            </>
          )}
        </Show>
      )}
    </Page>
  );
}
