import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useDeferredValue, useMemo } from "react";
import { all, answerAs, api, type Schemas } from "../../api/client.ts";
import { changes } from "../../api/queries.ts";
import { commandLine } from "../../logic/commands.ts";
import { chosen, type DiffFilter, segmentsOf } from "../../logic/diff.ts";
import { CopyAs, curl } from "../../parts/copy.tsx";
import { Badge, Card, Field, Page, Typed } from "../../parts/page.tsx";
import { Empty, Show } from "../../parts/states.tsx";
import { type Column, Table } from "../../parts/table.tsx";
import { useUrl } from "../../parts/url.ts";
import { type Key, useText } from "../../text/index.tsx";
import { ReleaseNav } from "./calendar.tsx";

type Changes = Schemas["ChangesView"];
const kinds = ["added", "price_changed", "changed", "ending", "removed"] as const;

/** What a release changes, line by line: the biggest moves first, however many they are. */
export function DiffPage() {
  const { t } = useText();
  const { id } = useParams({ strict: false }) as { id: string };
  const [url] = useUrl();
  const against = url["against"];
  const priced = id.startsWith("license-");
  return (
    <Page
      title={t("diff.title", { id })}
      lead={
        <Link to="/releases/$id" params={{ id }}>
          {t("diff.back")}
        </Link>
      }
      actions={
        <>
          <CopyAs
            ways={{
              cli: commandLine(["release", "diff", id], {
                against,
                change: url["change"],
                product: url["product"],
                segment: url["segment"],
              }),
              curl: curl(`/v1/releases/${id}/diff`, { against, change: url["change"], segment: url["segment"], by: "move" }),
            }}
          />
          <a className="button" href={`/v1/releases/${id}/diff?format=xlsx&by=move${against ? `&against=${against}` : ""}`} download>
            {t("download")} XLSX
          </a>
        </>
      }
    >
      <ReleaseNav />
      {priced ? <Priced id={id} against={against} /> : <Items id={id} against={against} />}
    </Page>
  );
}

function Priced({ id, against }: { id: string; against: string | undefined }) {
  const query = useQuery(changes(id, against));
  return <Show query={query}>{(v) => <PricedLines view={v} />}</Show>;
}

function Tiles({ view }: { view: { summary: Schemas["CountsView"] } }) {
  const { t, number } = useText();
  const [url, set] = useUrl();
  return (
    <div className="tiles">
      {kinds.map((k) => (
        <button
          type="button"
          key={k}
          className="tile"
          aria-pressed={url["change"] === k}
          onClick={() => set({ change: url["change"] === k ? "" : k })}
        >
          <b>{number(view.summary[k])}</b>
          <span>{t(`change.${k}`)}</span>
        </button>
      ))}
      <div className="tile">
        <b>{number(view.summary.unchanged)}</b>
        <span>{t("change.unchanged")}</span>
      </div>
    </div>
  );
}

function PricedLines({ view }: { view: Changes }) {
  const { t, money, percent, number, day } = useText();
  const [url, set] = useUrl();
  const l = view.lines as unknown as { [K in keyof Changes["lines"]]: string[] };
  const filter: DiffFilter = {
    change: url["change"],
    q: url["q"],
    segment: url["segment"],
    currency: url["currency"],
    least: url["least"],
    way: url["way"],
  };
  const key = useDeferredValue(JSON.stringify(filter));
  const rows = useMemo(() => chosen(l, JSON.parse(key) as DiffFilter), [l, key]);
  const { segments, currencies } = useMemo(() => segmentsOf(l), [l]);
  const columns: Column<number>[] = useMemo(
    () => [
      { id: "change", head: t("change"), width: 9.5, cell: (i) => <Badge state={l.change[i]!}>{t(`change.${l.change[i]}` as Key)}</Badge> },
      {
        id: "title",
        head: t("product"),
        width: 17,
        title: (i) => (l.title_before[i] ? `${l.title_before[i]} → ${l.title[i]}` : l.title[i]!),
        cell: (i) => (
          <>
            {l.title_before[i] && <s className="soft">{l.title_before[i]}</s>} {l.title[i]}
          </>
        ),
      },
      { id: "sku", head: "SKU", width: 12, cell: (i) => <code>{`${l.product[i]}/${l.sku[i]}`}</code> },
      { id: "term", head: t("term"), width: 9, cell: (i) => `${l.term[i]} ${l.billing[i]}` },
      { id: "segment", head: t("segment"), width: 8, cell: (i) => l.segment[i] },
      {
        id: "before",
        head: t("unit.before"),
        width: 8,
        end: true,
        cell: (i) => l.unit_before[i] && money(l.unit_before[i], l.currency[i]!),
      },
      { id: "after", head: t("unit.after"), width: 8, end: true, cell: (i) => l.unit_after[i] && money(l.unit_after[i], l.currency[i]!) },
      { id: "move", head: "%", width: 7, end: true, cell: (i) => <Moved percent={l.unit_percent[i]!} text={percent} /> },
      { id: "erp", head: t("erp.before"), width: 8, end: true, cell: (i) => l.erp_before[i] && money(l.erp_before[i], l.currency[i]!) },
      { id: "erpafter", head: t("erp.after"), width: 8, end: true, cell: (i) => l.erp_after[i] && money(l.erp_after[i], l.currency[i]!) },
      { id: "erpmove", head: "ERP %", width: 7, end: true, cell: (i) => <Moved percent={l.erp_percent[i]!} text={percent} /> },
      { id: "ends", head: t("ends"), width: 8, cell: (i) => l.ends_at[i] && day(l.ends_at[i]) },
    ],
    [l, t, money, percent, day],
  );
  return (
    <>
      <p className="soft">
        {view.against ? t("diff.against", { id: view.against }) : t("diff.first")} {view.planned && t("diff.planned")}
      </p>
      <Tiles view={view} />
      <div className="filters">
        <Field label={t("find")} grow>
          <Typed value={url["q"] ?? ""} onChange={(q) => set({ q }, true)} placeholder={t("diff.find")} />
        </Field>
        <Field label={t("segment")}>
          <select value={url["segment"] ?? ""} onChange={(e) => set({ segment: e.target.value })}>
            <option value="">{t("all")}</option>
            {segments.map((s) => (
              <option key={s}>{s}</option>
            ))}
          </select>
        </Field>
        {currencies.length > 1 && (
          <Field label={t("currency")}>
            <select value={url["currency"] ?? ""} onChange={(e) => set({ currency: e.target.value })}>
              <option value="">{t("all")}</option>
              {currencies.map((s) => (
                <option key={s}>{s}</option>
              ))}
            </select>
          </Field>
        )}
        <Field label={t("diff.way")}>
          <select value={url["way"] ?? ""} onChange={(e) => set({ way: e.target.value })}>
            <option value="">{t("all")}</option>
            <option value="up">{t("diff.up")}</option>
            <option value="down">{t("diff.down")}</option>
          </select>
        </Field>
        <Field label={t("diff.least")}>
          <Typed type="number" value={url["least"] ?? ""} onChange={(least) => set({ least }, true)} placeholder="0" />
        </Field>
      </div>
      <p role="status" className="soft">
        {t("diff.shown", { n: rows.length, all: number(l.change.length) })}
      </p>
      <Table
        label={t("diff.lines")}
        columns={columns}
        rows={rows}
        rowKey={(i) => String(i)}
        empty={<Empty title={l.change.length ? t("diff.noMatch") : t("diff.nothing")} />}
      />
      <Totals totals={all(view.totals)} />
    </>
  );
}

function Moved({ percent, text }: { percent: string; text: (value: string) => string }) {
  if (!percent) return null;
  return <span className={percent.startsWith("-") ? "goodtext" : /^0(\.0+)?$/.test(percent) ? "soft" : "badtext"}>{text(percent)}</span>;
}

/** Where the changes are: by product and by segment. */
function Totals({ totals }: { totals: readonly Schemas["TotalView"][] }) {
  const { t, number } = useText();
  const [, set] = useUrl();
  return (
    <div className="columns">
      {(["segment", "product"] as const).map((by) => {
        const rows = totals.filter((x) => x.by === by).slice(0, 200);
        const columns: Column<Schemas["TotalView"]>[] = [
          {
            id: "name",
            head: t(by),
            width: 15,
            title: (x) => x.name,
            cell: (x) => (
              <button type="button" className="link" onClick={() => set(by === "segment" ? { segment: x.name } : { q: x.name })}>
                {x.name || "–"}
              </button>
            ),
          },
          ...kinds.map((k) => ({
            id: k,
            head: t(`change.${k}`),
            width: 6,
            end: true,
            cell: (x: Schemas["TotalView"]) => (x[k] ? number(x[k]) : <span className="soft">0</span>),
          })),
        ];
        return rows.length > 0 ? (
          <Card key={by} title={t(`totals.${by}`)}>
            <Table label={t(`totals.${by}`)} columns={columns} rows={rows} rowKey={(x) => x.name} tall={40} />
          </Card>
        ) : null;
      })}
    </div>
  );
}

/** Lists without prices: what each item said and says. */
function Items({ id, against }: { id: string; against: string | undefined }) {
  const { t } = useText();
  const [url] = useUrl();
  const query = useQuery({
    queryKey: ["releases", "diff", id, against],
    queryFn: () => answerAs<"DiffView">(api.GET("/v1/releases/{id}/diff", { params: { path: { id }, query: { against } } })),
  });
  return (
    <Show query={query}>
      {(v) => {
        const rows = all(v.items).filter((x) => !url["change"] || x.change === url["change"]);
        const columns: Column<Schemas["ItemDifferenceView"]>[] = [
          { id: "change", head: t("change"), width: 8, cell: (x) => <Badge state={x.change}>{t(`change.${x.change}` as Key)}</Badge> },
          { id: "key", head: t("key"), width: 18, cell: (x) => <code>{x.key}</code> },
          {
            id: "what",
            head: t("diff.what"),
            cell: (x) => <Said before={x.before as Fields} after={x.after as Fields} />,
            title: (x) => said(x.before as Fields, x.after as Fields).join("; "),
          },
        ];
        return (
          <>
            <p className="soft">{v.against ? t("diff.against", { id: v.against }) : t("diff.first")}</p>
            <Tiles view={v} />
            <Table
              label={t("diff.lines")}
              columns={columns}
              rows={rows}
              rowKey={(x) => x.key}
              empty={<Empty title={t("diff.nothing")} />}
            />
          </>
        );
      }}
    </Show>
  );
}

type Fields = Record<string, string> | null | undefined;

function said(before: Fields, after: Fields): string[] {
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  return names.filter((n) => (before?.[n] ?? "") !== (after?.[n] ?? "")).map((n) => `${n}: ${before?.[n] || "–"} → ${after?.[n] || "–"}`);
}

function Said({ before, after }: { before: Fields; after: Fields }) {
  return <span lang="en">{said(before, after).join("; ")}</span>;
}
