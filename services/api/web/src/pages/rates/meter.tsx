import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { all, answer, answerAs, api, type Schemas } from "../../api/client.ts";
import { moved, plotted } from "../../format/money.ts";
import { at, believed, corrections, learned, type Period } from "../../logic/belief.ts";
import { commandLine, sqlText } from "../../logic/commands.ts";
import { Chart } from "../../parts/chart.tsx";
import { CopyAs, curl } from "../../parts/copy.tsx";
import { KnownAt } from "../../parts/known.tsx";
import { Badge, Card, Facts, Page, useNow } from "../../parts/page.tsx";
import { Empty, Show } from "../../parts/states.tsx";
import { type Column, Table } from "../../parts/table.tsx";
import { useUrl } from "../../parts/url.ts";
import { type Key, useText } from "../../text/index.tsx";
import { Explained, historyQuery, MeterLink, packed, type RateIdentity, RateNav } from "./shared.tsx";

const same = (a: string | null, b: string | null) => a === b;
const iso = (ms: number) => new Date(ms).toISOString().replace(".000Z", "Z");

/** One usage rate over time, on both axes. */
export function MeterPage() {
  const [url] = useUrl();
  const id: RateIdentity = {
    meter_id: url["meter"] ?? "",
    sku_id: url["sku"] ?? "",
    type: url["type"] ?? "Consumption",
    reservation_term: url["reservation"] ?? "",
    tier: url["tier"] ?? "0",
    currency: url["currency"] ?? "USD",
    price_list: url["price_list"] ?? "retail",
  };
  const history = useQuery({
    queryKey: ["rates", "history", packed(id)],
    queryFn: () => answer(api.GET("/v1/rates/history", { params: { query: historyQuery(id) } })),
  });
  const siblings = useQuery({
    queryKey: ["rates", "siblings", id.meter_id, id.currency, id.price_list],
    queryFn: () =>
      answerAs<"PageOfRateView">(
        api.GET("/v1/rates", {
          params: { query: { meter_id: id.meter_id, currency: id.currency, price_list: id.price_list, limit: 200 } },
        }),
      ),
  });
  const own = all(siblings.data?.items).find((r) => packed(r) === packed(id));
  const last = all(history.data?.changes).at(-1);
  const flags = {
    meter: id.meter_id,
    sku: id.sku_id,
    type: id.type,
    "reservation-term": id.reservation_term,
    tier: id.tier === "0" ? undefined : id.tier,
    currency: id.currency,
  };
  return (
    <Page
      title={own?.meter_name ?? last?.meter_name ?? id.meter_id}
      lead={own ? `${own.product_name} · ${own.service_name} · ${own.location || own.region}` : last?.product_name}
      actions={
        <CopyAs
          ways={{
            cli: commandLine(["rate", "history"], flags),
            curl: curl("/v1/rates/history", historyQuery(id)),
            sql: `SELECT * FROM rates WHERE meter_id = ${sqlText(id.meter_id)} AND sku_id = ${sqlText(id.sku_id)} AND type = ${sqlText(id.type)} ORDER BY known_at, valid_from`,
          }}
        />
      }
    >
      <RateNav />
      <Show query={history}>{(h) => <History history={h} id={id} own={own} />}</Show>
      <Siblings rates={all(siblings.data?.items)} id={id} />
    </Page>
  );
}

function History({ history, id, own }: { history: Schemas["RateHistoryView"]; id: RateIdentity; own: Schemas["RateView"] | undefined }) {
  const { t, money, moment } = useText();
  const [url, set] = useUrl();
  const today = useNow().getTime();
  const periods: Period<string | null>[] = useMemo(
    () => all(history.periods).map((p) => ({ known_at: p.known_at, valid_from: p.valid_from, valid_to: p.valid_to, said: p.price })),
    [history],
  );
  const known = url["known_at"] ? Date.parse(url["known_at"]) : null;
  const view = useMemo(() => believed(periods, known ?? Number.POSITIVE_INFINITY, same), [periods, known]);
  const mended = useMemo(() => corrections(periods, today, same), [periods, today]);
  const knows = useMemo(() => learned(periods), [periods]);
  const starts = view.map((s) => s.from).filter(Number.isFinite);
  const from = Math.max(Math.min(...starts, ...knows, today) - 15 * 86_400_000, today - 5 * 365 * 86_400_000);
  const to = Math.max(...starts, today) + 45 * 86_400_000;
  const present = at(view, today);
  const lines = useMemo(
    () => [
      {
        name: t("price"),
        points: view.map((s) => ({ at: Number.isFinite(s.from) ? s.from / 1000 : from / 1000, value: plotted(s.said) })),
        marks: mended.map((m) => m.from / 1000),
      },
    ],
    [view, mended, t, from],
  );
  const columns: Column<(typeof view)[number]>[] = [
    { id: "from", head: t("since"), width: 8.5, cell: (s) => (Number.isFinite(s.from) ? moment(iso(s.from)) : t("always")) },
    {
      id: "price",
      head: t("price"),
      width: 11,
      end: true,
      cell: (s) => (s.said === null ? <span className="soft">{t("noPrice")}</span> : money(s.said, id.currency)),
    },
    {
      id: "move",
      head: "%",
      width: 7,
      end: true,
      cell: (s, i) => <Percent before={view[i - 1]?.said ?? null} after={s.said} />,
    },
    {
      id: "known",
      head: t("known.since"),
      width: 12,
      cell: (s) => (s.known !== null && Number.isFinite(s.known) ? moment(iso(s.known)) : ""),
    },
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
          <b>{present?.said != null ? money(present.said, id.currency) : t("noPrice")}</b>
          <span>{known === null ? t("price.now") : t("price.nowKnown")}</span>
        </div>
        <div className="tile">
          <b>{own?.unit_of_measure ?? "–"}</b>
          <span>{t("unit")}</span>
        </div>
        <div className="tile">
          <b>{view.length}</b>
          <span>{t("price.steps")}</span>
        </div>
        <div className="tile">
          <b>{mended.length}</b>
          <span>{t("corrections")}</span>
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
      <div className="columns">
        <Card title={t("meaning")}>
          {own && <Explained rate={own} />}
          <Facts
            facts={[
              [t("meter"), <code key="m">{id.meter_id}</code>],
              ["SKU", <code key="s">{id.sku_id}</code>],
              [t("type.rate"), id.type],
              [t("rates.option"), own?.purchase_option],
              [t("rates.os"), own?.operating_system],
              [t("term"), id.reservation_term],
              [t("tier"), id.tier],
              [t("region"), own?.region || t("global")],
              [t("perUnit"), own?.price_per_unit && money(own.price_per_unit, id.currency)],
              [t("perHour"), own?.hourly_equivalent && money(own.hourly_equivalent, id.currency)],
              [
                t("savingsPlans"),
                own?.savings_plans?.length ? own.savings_plans.map((s) => `${s.term}: ${money(s.price, id.currency)}`).join(", ") : "",
              ],
            ]}
          />
        </Card>
        <Changes changes={all(history.changes)} currency={id.currency} />
      </div>
    </>
  );
}

export function Percent({ before, after }: { before: string | null; after: string | null }) {
  const { percent } = useText();
  if (before === null || after === null) return null;
  const by = moved(before, after);
  return by === null ? null : <span className={by.startsWith("-") ? "goodtext" : by === "0" ? "soft" : "badtext"}>{percent(by)}</span>;
}

/** What became known, when, and why it counts as that. */
function Changes({ changes, currency }: { changes: readonly Schemas["RateChangeView"][]; currency: string }) {
  const { t, money, moment } = useText();
  const columns: Column<Schemas["RateChangeView"]>[] = [
    { id: "known", head: t("known.since"), width: 12, cell: (c) => moment(c.known_at) },
    {
      id: "kind",
      head: t("change"),
      width: 9,
      cell: (c) => (
        <Badge state={c.kind === "price_changed" ? "price_changed" : c.kind === "retired" ? "removed" : "info"}>
          {t(`change.${c.kind}` as Key)}
        </Badge>
      ),
    },
    {
      id: "flags",
      head: t("flags"),
      width: 10,
      cell: (c) =>
        c.flags
          .split(" ")
          .filter(Boolean)
          .map((f) => (
            <Badge key={f} state="warning">
              {t(`flag.${f}` as Key)}
            </Badge>
          )),
    },
    {
      id: "price",
      head: t("price"),
      width: 16,
      cell: (c) => `${c.price_before ? `${money(c.price_before, currency)} → ` : ""}${c.price ? money(c.price, currency) : t("noPrice")}`,
    },
    { id: "from", head: t("effective"), width: 10, cell: (c) => c.effective_from && moment(c.effective_from) },
  ];
  return (
    <Card title={t("rates.told")}>
      <Table label={t("rates.told")} columns={columns} rows={[...changes].reverse()} rowKey={(c, i) => `${c.known_at} ${i}`} tall={40} />
    </Card>
  );
}

function Siblings({ rates, id }: { rates: readonly Schemas["RateView"][]; id: RateIdentity }) {
  const { t, money } = useText();
  const rows = rates.filter((r) => packed(r) !== packed(id));
  if (rows.length === 0) return null;
  const columns: Column<Schemas["RateView"]>[] = [
    { id: "sku", head: "SKU", width: 12, cell: (r) => <MeterLink rate={r} name={r.sku_name || r.sku_id} /> },
    { id: "type", head: t("type.rate"), width: 12, cell: (r) => (r.reservation_term ? `${r.type} · ${r.reservation_term}` : r.type) },
    { id: "tier", head: t("tier"), width: 8, end: true, cell: (r) => r.tier },
    { id: "price", head: t("price"), width: 10, end: true, cell: (r) => money(r.price, r.currency) },
    { id: "unit", head: t("unit"), width: 10, cell: (r) => r.unit_of_measure },
  ];
  return (
    <Card title={t("rates.siblings")}>
      <Table label={t("rates.siblings")} columns={columns} rows={rows} rowKey={packed} tall={40} />
    </Card>
  );
}
