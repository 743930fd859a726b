import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { address, all, answerAs, api, type Schemas } from "../../api/client.ts";
import { monthFrom } from "../../format/time.ts";
import { commandLine } from "../../logic/commands.ts";
import { CopyAs, curl } from "../../parts/copy.tsx";
import { Badge, Field, Page, useNow } from "../../parts/page.tsx";
import { Empty, Show } from "../../parts/states.tsx";
import { type Column, Table } from "../../parts/table.tsx";
import { useUrl } from "../../parts/url.ts";
import { type Key, useText } from "../../text/index.tsx";
import { Percent } from "./meter.tsx";
import { MeterLink, packed, RateNav } from "./shared.tsx";

type Difference = Schemas["RateDifferenceView"];
type Mover = Schemas["RateMoverView"];
type Restatement = Schemas["RateRestatementView"];

function useRange(from: string, to: string) {
  const [url, set] = useUrl();
  const filters = { service: url["service"], region: url["region"], currency: url["currency"] };
  return { from: url["from"] ?? from, to: url["to"] ?? to, filters, url, set };
}

function RangeFilters({ from, to, by }: { from: string; to: string; by?: ReactNode }) {
  const { t } = useText();
  const [url, set] = useUrl();
  return (
    <div className="filters">
      <Field label={t("from")}>
        <input type="date" value={from} onChange={(e) => set({ from: e.target.value }, true)} />
      </Field>
      <Field label={t("to")}>
        <input type="date" value={to} onChange={(e) => set({ to: e.target.value }, true)} />
      </Field>
      <Field label={t("service")}>
        <input value={url["service"] ?? ""} onChange={(e) => set({ service: e.target.value }, true)} placeholder="Virtual Machines" />
      </Field>
      <Field label={t("region")}>
        <input value={url["region"] ?? ""} onChange={(e) => set({ region: e.target.value }, true)} placeholder="westeurope" />
      </Field>
      {by}
    </div>
  );
}

const shownRate = (d: Difference) => (d.after ?? d.before)!;

function useDifferenceColumns(): Column<Difference>[] {
  const { t, money } = useText();
  return [
    { id: "change", head: t("change"), width: 9.5, cell: (d) => <Badge state={d.change}>{t(`change.${d.change}` as Key)}</Badge> },
    { id: "product", head: t("product"), width: 18, title: (d) => shownRate(d).product_name, cell: (d) => shownRate(d).product_name },
    {
      id: "meter",
      head: t("meter"),
      width: 15,
      title: (d) => shownRate(d).meter_name,
      cell: (d) => <MeterLink rate={d} name={shownRate(d).meter_name} />,
    },
    { id: "region", head: t("region"), width: 11, cell: (d) => shownRate(d).region || t("global") },
    { id: "before", head: t("before"), width: 10, end: true, cell: (d) => (d.before ? money(d.before.price, d.currency) : "–") },
    { id: "after", head: t("after"), width: 10, end: true, cell: (d) => (d.after ? money(d.after.price, d.currency) : "–") },
    {
      id: "move",
      head: "%",
      width: 7,
      end: true,
      cell: (d) => <Percent before={d.before?.price ?? null} after={d.after?.price ?? null} />,
    },
    { id: "unit", head: t("unit"), width: 8, cell: (d) => shownRate(d).unit_of_measure },
  ];
}

function useDiff(query: { from: string; to: string }, filters: Record<string, string | undefined>) {
  return useInfiniteQuery({
    queryKey: ["rates", "diff", query, filters],
    queryFn: ({ pageParam }) =>
      answerAs<"PageOfRateDifferenceView">(
        api.GET("/v1/rates/diff", { params: { query: { ...query, ...filters, limit: 500, cursor: pageParam } } }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next || undefined,
  });
}

/** What is different between two days, by default since the first of the month. */
export function ChangesPage() {
  const { t } = useText();
  const now = useNow();
  const { from, to, filters, url, set } = useRange(monthFrom(now, 0), new Date(now.getTime() + 86_400_000).toISOString().slice(0, 10));
  const query = useDiff({ from, to }, filters);
  const columns = useDifferenceColumns();
  const kinds = ["price_changed", "added", "removed", "changed"] as const;
  return (
    <Page
      title={t("rates.changes")}
      lead={t("rates.changesLead")}
      actions={
        <>
          <CopyAs
            ways={{ cli: commandLine(["rate", "diff"], { from, to, ...filters }), curl: curl("/v1/rates/diff", { from, to, ...filters }) }}
          />
          <a className="button" href={address("/v1/rates/diff", { from, to, ...filters, format: "csv" })} download>
            {t("download")} CSV
          </a>
        </>
      }
    >
      <RateNav />
      <RangeFilters
        from={from}
        to={to}
        by={
          <Field label={t("change")}>
            <select value={url["change"] ?? ""} onChange={(e) => set({ change: e.target.value })}>
              <option value="">{t("all")}</option>
              {kinds.map((k) => (
                <option key={k} value={k}>
                  {t(`change.${k}`)}
                </option>
              ))}
            </select>
          </Field>
        }
      />
      <Show query={query}>
        {(data) => (
          <Table
            label={t("rates.changes")}
            columns={columns}
            rows={data.pages.flatMap((p) => all(p.items)).filter((d) => !url["change"] || d.change === url["change"])}
            rowKey={packed}
            onEnd={query.hasNextPage && !query.isFetchingNextPage ? () => void query.fetchNextPage() : undefined}
            empty={
              <Empty title={t("rates.noChanges")}>
                <p>{t("rates.noChangesText")}</p>
              </Empty>
            }
          />
        )}
      </Show>
    </Page>
  );
}

/** What moved farthest. */
export function MoversPage() {
  const { t, money, percent } = useText();
  const now = useNow();
  const { from, to, filters, url, set } = useRange(monthFrom(now, -1), new Date(now.getTime() + 86_400_000).toISOString().slice(0, 10));
  const by = url["by"] === "absolute" ? ("absolute" as const) : ("relative" as const);
  const asked = { from, to, ...filters, by, limit: 200 };
  const query = useQuery({
    queryKey: ["rates", "movers", asked],
    queryFn: () => answerAs<"PageOfRateMoverView">(api.GET("/v1/rates/movers", { params: { query: asked } })),
  });
  const base = useDifferenceColumns().filter((c) => c.id !== "change" && c.id !== "move") as Column<Mover>[];
  const columns: Column<Mover>[] = [
    ...base.slice(0, 5),
    { id: "amount", head: t("amount"), width: 10, end: true, cell: (m) => money(m.amount, m.currency) },
    {
      id: "percent",
      head: "%",
      width: 7,
      end: true,
      cell: (m) => <span className={m.percent?.startsWith("-") ? "goodtext" : "badtext"}>{percent(m.percent)}</span>,
    },
    ...base.slice(5),
  ];
  return (
    <Page
      title={t("rates.movers")}
      lead={t("rates.moversLead")}
      actions={
        <CopyAs
          ways={{
            cli: commandLine(["rate", "movers"], { from, to, by, ...filters }),
            curl: curl("/v1/rates/movers", { ...asked, limit: String(asked.limit) }),
          }}
        />
      }
    >
      <RateNav />
      <RangeFilters
        from={from}
        to={to}
        by={
          <Field label={t("rates.by")}>
            <select value={by} onChange={(e) => set({ by: e.target.value })}>
              <option value="relative">{t("rates.byPercent")}</option>
              <option value="absolute">{t("rates.byAmount")}</option>
            </select>
          </Field>
        }
      />
      <Show query={query}>
        {(page) => (
          <Table
            label={t("rates.movers")}
            columns={columns}
            rows={all(page.items)}
            rowKey={packed}
            empty={<Empty title={t("rates.noChanges")} />}
          />
        )}
      </Show>
    </Page>
  );
}

/** What has a price now and, as far as is known, none soon: the early warning. */
export function ExpiringPage() {
  const { t, money, moment, distance } = useText();
  const now = useNow();
  const [url] = useUrl();
  const today = now.toISOString().slice(0, 10);
  const { to, filters } = useRange(today, new Date(now.getTime() + 60 * 86_400_000).toISOString().slice(0, 10));
  const from = url["from"] ?? today;
  const query = useDiff({ from, to }, filters);
  const columns: Column<Difference>[] = [
    { id: "until", head: t("until"), width: 10, cell: (d) => d.before?.valid_to && moment(d.before.valid_to) },
    { id: "left", head: t("left"), width: 9, cell: (d) => d.before?.valid_to && distance(d.before.valid_to, now) },
    { id: "product", head: t("product"), width: 19, title: (d) => shownRate(d).product_name, cell: (d) => shownRate(d).product_name },
    { id: "meter", head: t("meter"), width: 16, cell: (d) => <MeterLink rate={d} name={shownRate(d).meter_name} /> },
    { id: "region", head: t("region"), width: 11, cell: (d) => shownRate(d).region || t("global") },
    { id: "price", head: t("price"), width: 10, end: true, cell: (d) => d.before && money(d.before.price, d.currency) },
    { id: "unit", head: t("unit"), width: 8, cell: (d) => shownRate(d).unit_of_measure },
  ];
  return (
    <Page
      title={t("rates.expiring")}
      lead={t("rates.expiringLead")}
      actions={
        <CopyAs
          ways={{ cli: commandLine(["rate", "diff"], { from, to, ...filters }), curl: curl("/v1/rates/diff", { from, to, ...filters }) }}
        />
      }
    >
      <RateNav />
      <RangeFilters from={from} to={to} />
      <Show query={query}>
        {(data) => (
          <Table
            label={t("rates.expiring")}
            columns={columns}
            rows={data.pages
              .flatMap((p) => all(p.items))
              .filter((d) => d.change === "removed")
              .sort((a, b) => (a.before?.valid_to ?? "").localeCompare(b.before?.valid_to ?? ""))}
            rowKey={packed}
            onEnd={query.hasNextPage && !query.isFetchingNextPage ? () => void query.fetchNextPage() : undefined}
            empty={
              <Empty title={t("rates.nothingExpires")}>
                <p>{t("rates.nothingExpiresText")}</p>
              </Empty>
            }
          />
        )}
      </Show>
    </Page>
  );
}

/** Where what was said of rates is not what is said now. */
export function CorrectionsPage() {
  const { t, money, moment } = useText();
  const now = useNow();
  const { from, to, filters } = useRange(monthFrom(now, -3), new Date(now.getTime() + 86_400_000).toISOString().slice(0, 10));
  const query = useInfiniteQuery({
    queryKey: ["rates", "restatements", from, to, filters],
    queryFn: ({ pageParam }) =>
      answerAs<"PageOfRateRestatementView">(
        api.GET("/v1/rates/restatements", { params: { query: { from, to, ...filters, limit: 200, cursor: pageParam } } }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next || undefined,
  });
  const columns: Column<Restatement>[] = [
    { id: "product", head: t("product"), width: 18, title: (r) => r.product_name, cell: (r) => r.product_name },
    { id: "meter", head: t("meter"), width: 15, cell: (r) => <MeterLink rate={r} name={r.meter_name} /> },
    { id: "region", head: t("region"), width: 10, cell: (r) => r.region || t("global") },
    { id: "from", head: t("from"), width: 11, cell: (r) => moment(r.from) },
    { id: "to", head: t("to"), width: 11, cell: (r) => moment(r.to) },
    { id: "said", head: t("said"), width: 10, end: true, cell: (r) => (r.said.price ? money(r.said.price, r.currency) : t("noPrice")) },
    { id: "says", head: t("says"), width: 10, end: true, cell: (r) => (r.says.price ? money(r.says.price, r.currency) : t("noPrice")) },
    { id: "known", head: t("known.since"), width: 11, cell: (r) => r.says.known_at && moment(r.says.known_at) },
  ];
  return (
    <Page
      title={t("rates.corrections")}
      lead={t("corrections.text")}
      actions={
        <CopyAs
          ways={{
            cli: commandLine(["rate", "restatements"], { from, to, ...filters }),
            curl: curl("/v1/rates/restatements", { from, to, ...filters }),
          }}
        />
      }
    >
      <RateNav />
      <RangeFilters from={from} to={to} />
      <Show query={query}>
        {(data) => (
          <Table
            label={t("rates.corrections")}
            columns={columns}
            rows={data.pages.flatMap((p) => all(p.items))}
            rowKey={(r) => `${packed(r)} ${r.from}`}
            onEnd={query.hasNextPage && !query.isFetchingNextPage ? () => void query.fetchNextPage() : undefined}
            empty={<Empty title={t("rates.noCorrections")} />}
          />
        )}
      </Show>
    </Page>
  );
}
