import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { all, type Release } from "../../api/client.ts";
import { releases } from "../../api/queries.ts";
import { commandLine } from "../../logic/commands.ts";
import { CopyAs, curl } from "../../parts/copy.tsx";
import { Badge, Field, Page, Typed } from "../../parts/page.tsx";
import { Empty, Show } from "../../parts/states.tsx";
import { type Column, Table } from "../../parts/table.tsx";
import { useUrl } from "../../parts/url.ts";
import { type Key, useText } from "../../text/index.tsx";
import { lists, ReleaseNav } from "./calendar.tsx";

export const states = ["draft", "in_review", "approved", "published", "effective", "superseded", "rejected", "withdrawn"] as const;

export function StateBadge({ release: r }: { release: Release }) {
  const { t } = useText();
  return r.held ? <Badge state="held">{t("stage.held")}</Badge> : <Badge state={r.state}>{t(`state.${r.state}`)}</Badge>;
}

/** Every release there is. */
export function ListPage() {
  const { t, number, moment, day } = useText();
  const [url, set] = useUrl();
  const query = useQuery(releases);
  const columns: Column<Release>[] = [
    {
      id: "id",
      head: t("release"),
      width: 17,
      cell: (r) => (
        <Link to="/releases/$id" params={{ id: r.id }}>
          {r.id}
        </Link>
      ),
    },
    { id: "state", head: t("state"), width: 9, cell: (r) => <StateBadge release={r} /> },
    { id: "effective", head: t("effective"), width: 10, cell: (r) => day(r.effective_at) },
    {
      id: "public",
      head: t("public"),
      width: 15,
      cell: (r) => (r.published_at ? moment(r.published_at) : <span className="soft">{t("dueAt", { at: moment(r.publish_at) })}</span>),
    },
    { id: "lines", head: t("lines"), width: 6, end: true, cell: (r) => number(r.lines) },
    { id: "priced", head: t("change.price_changed"), width: 8, end: true, cell: (r) => number(r.diff.price_changed) },
    { id: "added", head: t("change.added"), width: 6, end: true, cell: (r) => number(r.diff.added) },
    { id: "removed", head: t("change.removed"), width: 7, end: true, cell: (r) => number(r.diff.removed) },
    { id: "by", head: t("author"), width: 9, cell: (r) => r.created_by },
    { id: "approver", head: t("approver"), width: 9, cell: (r) => r.approved_by || <span className="soft">–</span> },
  ];
  return (
    <Page
      title={t("releases.all")}
      actions={
        <CopyAs
          ways={{
            cli: commandLine(["release", "list"]),
            curl: curl("/v1/releases", { list: url["list"], state: url["state"] }),
            sql: "SELECT * FROM releases ORDER BY published_at DESC",
          }}
        />
      }
    >
      <ReleaseNav />
      <div className="filters">
        <Field label={t("find")} grow>
          <Typed value={url["q"] ?? ""} onChange={(q) => set({ q }, true)} placeholder="license-us-2026-12" />
        </Field>
        <Field label={t("list")}>
          <select value={url["list"] ?? ""} onChange={(e) => set({ list: e.target.value })}>
            <option value="">{t("all")}</option>
            {lists.map((l) => (
              <option key={l} value={l}>
                {t(`list.${l}`)}
              </option>
            ))}
          </select>
        </Field>
        <Field label={t("state")}>
          <select value={url["state"] ?? ""} onChange={(e) => set({ state: e.target.value })}>
            <option value="">{t("all")}</option>
            {states.map((s) => (
              <option key={s} value={s}>
                {t(`state.${s}` as Key)}
              </option>
            ))}
          </select>
        </Field>
      </div>
      <Show query={query}>
        {(page) => {
          const q = (url["q"] ?? "").toLowerCase();
          const rows = all(page.items)
            .filter((r) => (!url["list"] || r.list === url["list"]) && (!url["state"] || r.state === url["state"]))
            .filter((r) => `${r.id} ${r.created_by} ${r.approved_by} ${r.set}`.toLowerCase().includes(q))
            .sort((a, b) => b.effective_at.localeCompare(a.effective_at) || b.id.localeCompare(a.id));
          return (
            <Table
              label={t("releases.all")}
              columns={columns}
              rows={rows}
              rowKey={(r) => r.id}
              empty={
                <Empty title={t("releases.none")}>
                  <p>{t("calendar.emptyText")}</p>
                </Empty>
              }
            />
          );
        }}
      </Show>
    </Page>
  );
}
