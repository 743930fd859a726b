import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { address, all, answerAs, api, type Schemas } from "../../api/client.ts";
import { commandLine, sqlText } from "../../logic/commands.ts";
import { CopyAs, curl } from "../../parts/copy.tsx";
import { Badge, Field, Page, Typed } from "../../parts/page.tsx";
import { Empty, Show } from "../../parts/states.tsx";
import { type Column, Table } from "../../parts/table.tsx";
import { useUrl } from "../../parts/url.ts";
import { useText } from "../../text/index.tsx";
import { useMarkets } from "../prices/shared.tsx";

type Verdict = Schemas["OrderableView"];

/** What can be ordered in a market, and what is missing where something cannot. */
export function OffersPage() {
  const { t, number } = useText();
  const [url, set] = useUrl();
  const markets = useMarkets();
  const market = url["market"] ?? markets[0] ?? "";
  const asked = { market, at: url["at"], known_at: url["known_at"] };
  const query = useQuery({
    queryKey: ["items", "orderable", asked],
    queryFn: () => answerAs<"PageOfOrderableView">(api.GET("/v1/orderable", { params: { query: asked } })),
    enabled: market !== "",
    structuralSharing: false,
  });
  const verdicts = all(query.data?.items);
  const rows = useMemo(() => {
    const words = (url["q"] ?? "").toLowerCase().split(/\s+/).filter(Boolean);
    return verdicts.filter((v) => {
      if (url["show"] === "yes" && !v.orderable) return false;
      if (url["show"] === "no" && v.orderable) return false;
      if (url["show"] === "bundles" && all(v.includes).length === 0) return false;
      const text = `${v.title} ${v.key}`.toLowerCase();
      return words.every((w) => text.includes(w));
    });
  }, [verdicts, url["q"], url["show"]]);
  const columns: Column<Verdict>[] = [
    {
      id: "orderable",
      head: t("orderable"),
      width: 9,
      cell: (v) => <Badge state={v.orderable ? "good" : "bad"}>{v.orderable ? t("yes") : t("no")}</Badge>,
    },
    { id: "title", head: t("offer"), width: 20, title: (v) => v.title, cell: (v) => v.title },
    {
      id: "key",
      head: t("key"),
      width: 12,
      cell: (v) => (
        <Link to="/prices" search={{ market, product: v.product || v.key } as never}>
          <code>{v.key}</code>
        </Link>
      ),
    },
    { id: "why", head: t("whyNot"), width: 26, title: (v) => why(v), cell: (v) => <span lang="en">{why(v)}</span> },
    { id: "terms", head: t("terms"), width: 16, title: (v) => terms(v), cell: (v) => terms(v) },
    { id: "needs", head: t("prerequisites"), width: 16, title: (v) => needs(v), cell: (v) => needs(v) },
    { id: "includes", head: t("contents"), width: 16, title: (v) => all(v.includes).join(", "), cell: (v) => all(v.includes).join(", ") },
    {
      id: "licences",
      head: t("licences"),
      width: 8,
      end: true,
      cell: (v) =>
        v.max_licenses ? `${number(v.min_licenses)}–${number(v.max_licenses)}` : v.min_licenses ? `≥ ${number(v.min_licenses)}` : "",
    },
  ];
  return (
    <Page
      title={t("offers.title")}
      lead={t("offers.lead")}
      actions={
        <>
          <CopyAs
            ways={{
              cli: commandLine(["orderable"], { market, at: url["at"], "known-at": url["known_at"] }),
              curl: curl("/v1/orderable", asked),
              sql: `SELECT * FROM offers WHERE key = ${sqlText(rows[0]?.key ?? "CFQ7TTC0LH18/0001")}`,
            }}
          />
          <a className="button" href={address("/v1/orderable", { ...asked, format: "csv" })} download>
            {t("download")} CSV
          </a>
        </>
      }
    >
      <div className="filters">
        <Field label={t("find")} grow>
          <Typed value={url["q"] ?? ""} onChange={(q) => set({ q }, true)} />
        </Field>
        <Field label={t("market")}>
          <select value={market} onChange={(e) => set({ market: e.target.value })}>
            {markets.map((m) => (
              <option key={m}>{m}</option>
            ))}
          </select>
        </Field>
        <Field label={t("compare.only")}>
          <select value={url["show"] ?? ""} onChange={(e) => set({ show: e.target.value })}>
            <option value="">{t("all")}</option>
            <option value="yes">{t("offers.yes")}</option>
            <option value="no">{t("offers.no")}</option>
            <option value="bundles">{t("offers.bundles")}</option>
          </select>
        </Field>
        <Field label={t("validAt")} hint={t("validAt.hint")}>
          <input type="date" value={(url["at"] ?? "").slice(0, 10)} onChange={(e) => set({ at: e.target.value }, true)} />
        </Field>
      </div>
      {market === "" ? (
        <Empty title={t("prices.empty")}>
          <p>{t("calendar.emptyText")}</p>
        </Empty>
      ) : (
        <Show query={query}>
          {() => (
            <>
              <p role="status" className="soft">
                {t("compare.shown", { n: rows.length, all: number(verdicts.length) })}
              </p>
              <Table
                label={t("offers.title")}
                columns={columns}
                rows={rows}
                rowKey={(v) => v.key}
                empty={<Empty title={t("offers.none")} />}
              />
            </>
          )}
        </Show>
      )}
    </Page>
  );
}

const why = (v: Verdict) =>
  all(v.missing)
    .map((m) => m.text)
    .join("; ");
const terms = (v: Verdict) =>
  all(v.terms)
    .map((x) => `${x.term} ${x.billing}`)
    .join(", ");
const needs = (v: Verdict) =>
  all(v.prerequisites)
    .map((x) => `${x.title || x.key}${x.orderable ? "" : " ✕"}`)
    .join(", ");
