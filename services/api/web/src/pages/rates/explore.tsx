import { useInfiniteQuery, useQueries, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { address, all, answer, answerAs, api, type Rate, type Schemas } from "../../api/client.ts";
import type { paths } from "../../api/schema.d.ts";
import { plotted } from "../../format/money.ts";
import { believed } from "../../logic/belief.ts";
import { commandLine, sqlText } from "../../logic/commands.ts";
import { Chart, colourOf, type Line } from "../../parts/chart.tsx";
import { CopyAs, curl } from "../../parts/copy.tsx";
import { Card, Field, Page, Typed, useNow } from "../../parts/page.tsx";
import { Empty, Show } from "../../parts/states.tsx";
import { type Column, Table } from "../../parts/table.tsx";
import { useUrl } from "../../parts/url.ts";
import { useText } from "../../text/index.tsx";
import { historyQuery, MeterLink, packed, RateNav, unpacked } from "./shared.tsx";

const atMost = 5;

type Options = NonNullable<paths["/v1/rates"]["get"]["parameters"]["query"]>["purchase_option"];

/** Usage rates by service, region and words; some of them on one chart. */
export function ExplorePage() {
  const { t, money, moment } = useText();
  const [url, set] = useUrl();
  const asked = {
    words: url["q"],
    service: url["service"],
    region: url["region"],
    type: url["type"],
    operating_system: url["os"] as "Windows" | "Linux" | undefined,
    purchase_option: url["option"] as Options,
    currency: url["currency"],
    price_list: url["price_list"],
    at: url["at"],
    known_at: url["known_at"],
  };
  const groups = useQuery({
    queryKey: ["rates", "groups", url["currency"], url["price_list"]],
    queryFn: () => answer(api.GET("/v1/rates/groups", { params: { query: { currency: url["currency"], price_list: url["price_list"] } } })),
    staleTime: 60_000,
  });
  const query = useInfiniteQuery({
    queryKey: ["rates", "list", asked],
    queryFn: ({ pageParam }) =>
      answerAs<"PageOfRateView">(api.GET("/v1/rates", { params: { query: { ...asked, limit: 200, cursor: pageParam } } })),
    initialPageParam: "",
    getNextPageParam: (page) => page.next || undefined,
  });
  const charted = useMemo(() => (url["chart"] ?? "").split(";").filter(Boolean), [url["chart"]]);
  const toggle = (key: string) =>
    set({ chart: (charted.includes(key) ? charted.filter((k) => k !== key) : [...charted, key].slice(-atMost)).join(";") });
  const columns: Column<Rate>[] = [
    {
      id: "chart",
      head: t("chart"),
      width: 5,
      cell: (r) => (
        <input
          type="checkbox"
          checked={charted.includes(packed(r))}
          onChange={() => toggle(packed(r))}
          aria-label={t("rates.chartThis", { name: `${r.product_name} ${r.meter_name}` })}
        />
      ),
    },
    { id: "product", head: t("product"), width: 15, title: (r) => r.product_name, cell: (r) => r.product_name },
    { id: "meter", head: t("meter"), width: 12.5, title: (r) => r.meter_name, cell: (r) => <MeterLink rate={r} name={r.meter_name} /> },
    { id: "region", head: t("region"), width: 9.5, cell: (r) => r.region || <span className="soft">{t("global")}</span> },
    { id: "type", head: t("type.rate"), width: 10.5, cell: (r) => (r.reservation_term ? `${r.type} · ${r.reservation_term}` : r.type) },
    { id: "tier", head: t("tier"), width: 5.5, end: true, cell: (r) => (r.tier === "0" ? "" : r.tier) },
    { id: "price", head: t("price"), width: 10, end: true, cell: (r) => money(r.price, r.currency) },
    { id: "unit", head: t("unit"), width: 9, cell: (r) => r.unit_of_measure },
    { id: "since", head: t("since"), width: 9, cell: (r) => r.effective_from && moment(r.effective_from) },
    { id: "until", head: t("until"), width: 9, cell: (r) => (r.valid_to ? moment(r.valid_to) : <span className="soft">{t("open")}</span>) },
  ];
  const flags = {
    service: url["service"],
    region: url["region"],
    type: url["type"],
    currency: url["currency"],
    at: url["at"],
    "known-at": url["known_at"],
  };
  const { words: _, ...filed } = asked;
  return (
    <Page
      title={t("nav.rates")}
      lead={t("rates.lead")}
      actions={
        <>
          <CopyAs
            ways={{
              cli: commandLine(["rate", "list"], flags),
              curl: curl("/v1/rates", asked),
              sql: `SELECT * FROM rates_at(valid_at = ${sqlText(url["at"] ?? "2100-01-01")}, known_at = ${sqlText(url["known_at"] ?? "2100-01-01")})${
                url["service"] ? ` WHERE service_name = ${sqlText(url["service"])}` : ""
              }${url["region"] ? `${url["service"] ? " AND" : " WHERE"} region = ${sqlText(url["region"])}` : ""}`,
            }}
          />
          <a className="button" href={address("/v1/rates/export", { ...filed, format: "csv" })} download>
            {t("download")} CSV
          </a>
          <a className="button" href={address("/v1/rates/export", { ...filed, format: "parquet" })} download>
            Parquet
          </a>
        </>
      }
    >
      <RateNav />
      <Filters groups={all(groups.data?.items)} />
      {charted.length > 0 && <Together keys={charted} onRemove={toggle} />}
      <Show query={query} lines={8}>
        {(data) => (
          <Table
            label={t("nav.rates")}
            columns={columns}
            rows={data.pages.flatMap((p) => all(p.items))}
            rowKey={packed}
            onEnd={query.hasNextPage && !query.isFetchingNextPage ? () => void query.fetchNextPage() : undefined}
            empty={
              <Empty title={t("rates.none")}>
                <p>{t("rates.noneText")}</p>
                <code>pricewire crawl run</code>
              </Empty>
            }
          />
        )}
      </Show>
    </Page>
  );
}

function Filters({ groups }: { groups: readonly Schemas["RateGroupView"][] }) {
  const { t, number } = useText();
  const [url, set] = useUrl();
  const counted = (pick: (g: Schemas["RateGroupView"]) => string, keep: (g: Schemas["RateGroupView"]) => boolean) => {
    const counts = new Map<string, number>();
    for (const g of groups) if (keep(g)) counts.set(pick(g), (counts.get(pick(g)) ?? 0) + g.rates);
    return [...counts].sort((a, b) => a[0].localeCompare(b[0]));
  };
  const services = counted(
    (g) => g.service_name,
    (g) => !url["region"] || g.region === url["region"],
  );
  const regions = counted(
    (g) => g.region,
    (g) => !url["service"] || g.service_name === url["service"],
  ).filter(([r]) => r !== "");
  return (
    <div className="filters">
      <Field label={t("find")} grow>
        <Typed value={url["q"] ?? ""} onChange={(q) => set({ q }, true)} placeholder={t("rates.find")} />
      </Field>
      <Field label={t("service")}>
        <select value={url["service"] ?? ""} onChange={(e) => set({ service: e.target.value })}>
          <option value="">{t("all")}</option>
          {services.map(([s, n]) => (
            <option key={s} value={s}>{`${s} (${number(n)})`}</option>
          ))}
        </select>
      </Field>
      <Field label={t("region")}>
        <select value={url["region"] ?? ""} onChange={(e) => set({ region: e.target.value })}>
          <option value="">{t("all")}</option>
          {regions.map(([r, n]) => (
            <option key={r} value={r}>{`${r} (${number(n)})`}</option>
          ))}
        </select>
      </Field>
      <Field label={t("type.rate")}>
        <select value={url["type"] ?? ""} onChange={(e) => set({ type: e.target.value })}>
          <option value="">{t("all")}</option>
          {["Consumption", "DevTestConsumption", "Reservation"].map((s) => (
            <option key={s}>{s}</option>
          ))}
        </select>
      </Field>
      <Field label={t("rates.option")}>
        <select value={url["option"] ?? ""} onChange={(e) => set({ option: e.target.value })}>
          <option value="">{t("all")}</option>
          {["on-demand", "spot", "low-priority", "dev-test", "reservation"].map((s) => (
            <option key={s}>{s}</option>
          ))}
        </select>
      </Field>
      <Field label={t("rates.os")}>
        <select value={url["os"] ?? ""} onChange={(e) => set({ os: e.target.value })}>
          <option value="">{t("all")}</option>
          {["Windows", "Linux"].map((s) => (
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
  );
}

/** Several meters on one chart. */
function Together({ keys, onRemove }: { keys: string[]; onRemove: (key: string) => void }) {
  const { t, money } = useText();
  const now = useNow().getTime();
  const found = useQueries({
    queries: keys.map((k) => ({
      queryKey: ["rates", "history", k],
      queryFn: () => answer(api.GET("/v1/rates/history", { params: { query: historyQuery(unpacked(k)) } })),
    })),
  });
  const histories = found.map((f) => f.data);
  const ready = histories.every((h) => h !== undefined);
  const version = found.map((f) => f.dataUpdatedAt).join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the version stands for the histories
  const lines = useMemo<(Line & { now: string | null })[]>(
    () =>
      histories.map((h) => {
        const steps = believed(
          all(h?.periods).map((p) => ({ known_at: p.known_at, valid_from: p.valid_from, valid_to: p.valid_to, said: p.price })),
          Number.POSITIVE_INFINITY,
          (a, b) => a === b,
        );
        const name = all(h?.changes).at(-1);
        return {
          name: name ? `${name.product_name} · ${name.meter_name}` : "",
          points: steps.map((s) => ({ at: Number.isFinite(s.from) ? s.from / 1000 : 0, value: plotted(s.said) })),
          now: steps.filter((s) => s.from <= now).at(-1)?.said ?? null,
        };
      }),
    [version, keys.join(";")],
  );
  const starts = lines.flatMap((l) => l.points.map((p) => p.at)).filter((s) => s > 0);
  const from = Math.min(now / 1000 - 60 * 86_400, ...starts.map((s) => Math.max(s, now / 1000 - 3 * 365 * 86_400)));
  return (
    <Card title={t("rates.together")}>
      {ready && (
        <Chart
          label={t("rates.together")}
          lines={lines}
          from={from}
          to={now / 1000 + 30 * 86_400}
          upright={[{ at: now / 1000, name: t("now") }]}
        />
      )}
      <ul className="legend">
        {lines.map((l, i) => (
          <li key={keys[i]}>
            <span className="swatch" style={{ background: colourOf(i) }} />
            <MeterLink rate={unpacked(keys[i]!)} name={l.name || "…"} />
            <span>{l.now ? money(l.now, unpacked(keys[i]!).currency) : t("noPrice")}</span>
            <button type="button" className="link" onClick={() => onRemove(keys[i]!)}>
              {t("remove")}
            </button>
          </li>
        ))}
      </ul>
    </Card>
  );
}
