import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { all, answer, api, type Crawl } from "../../api/client.ts";
import { commandLine, sqlText } from "../../logic/commands.ts";
import { announce } from "../../parts/announce.tsx";
import { CopyAs, curl } from "../../parts/copy.tsx";
import { Ask } from "../../parts/dialog.tsx";
import { Badge, Card, Facts, Page } from "../../parts/page.tsx";
import { Empty, Failed, Show } from "../../parts/states.tsx";
import { type Column, Table } from "../../parts/table.tsx";
import { useText } from "../../text/index.tsx";
import { LiveNav } from "./stream.tsx";

/** Crawls of the price source: those that run, how each went, and a way to take a refused one after all. */
export function CrawlsPage() {
  const { t, number, instant } = useText();
  const [shown, setShown] = useState<Crawl>();
  const query = useInfiniteQuery({
    queryKey: ["crawls", "list"],
    queryFn: ({ pageParam }) => answer(api.GET("/v1/crawls", { params: { query: { limit: 100, cursor: pageParam } } })),
    initialPageParam: "",
    getNextPageParam: (page) => page.next || undefined,
  });
  const columns: Column<Crawl>[] = [
    {
      id: "started",
      head: t("observed"),
      width: 13,
      cell: (c) => (
        <button type="button" className="link" onClick={() => setShown(c)}>
          {instant(c.started)}
        </button>
      ),
    },
    { id: "scope", head: t("scope"), width: 12, cell: (c) => c.scope },
    { id: "result", head: t("result"), width: 18, title: (c) => c.refused, cell: (c) => <Result crawl={c} /> },
    { id: "rows", head: t("rows"), width: 7, end: true, cell: (c) => number(c.rows) },
    { id: "added", head: t("change.added"), width: 6, end: true, cell: (c) => number(c.counts.added) },
    { id: "priced", head: t("change.price_changed"), width: 8, end: true, cell: (c) => number(c.counts.price_changed) },
    { id: "expiring", head: t("change.ending"), width: 6, end: true, cell: (c) => number(c.counts.expiring) },
    { id: "retired", head: t("retired"), width: 6, end: true, cell: (c) => number(c.counts.retired) },
    { id: "corrections", head: t("corrections"), width: 8, end: true, cell: (c) => number(c.counts.corrections) },
    { id: "quarantined", head: t("quarantined"), width: 9, end: true, cell: (c) => number(c.quarantined) },
  ];
  return (
    <Page
      title={t("crawls")}
      lead={t("crawls.lead")}
      actions={
        <CopyAs
          ways={{ cli: commandLine(["crawl", "list"]), curl: curl("/v1/crawls"), sql: "SELECT * FROM crawls ORDER BY started DESC" }}
        />
      }
    >
      <LiveNav />
      <Running />
      <Show query={query}>
        {(data) => (
          <Table
            label={t("crawls")}
            columns={columns}
            rows={data.pages.flatMap((p) => all(p.items))}
            rowKey={(c) => c.id}
            onEnd={query.hasNextPage && !query.isFetchingNextPage ? () => void query.fetchNextPage() : undefined}
            empty={
              <Empty title={t("crawls.none")}>
                <p>{t("crawls.noneText")}</p>
                <code>pricewire crawl run</code>
              </Empty>
            }
          />
        )}
      </Show>
      {shown && <OneCrawl crawl={shown} onClose={() => setShown(undefined)} />}
    </Page>
  );
}

function Result({ crawl: c }: { crawl: Crawl }) {
  const { t } = useText();
  const refused = all(c.shards).filter((s) => s.refused).length;
  if (c.refused && !c.accepted) {
    return (
      <>
        <Badge state="bad">{t("refused")}</Badge> <span lang="en">{c.refused}</span>
      </>
    );
  }
  return (
    <>
      <Badge state="good">{c.accepted ? t("accepted") : t("taken")}</Badge>{" "}
      {refused > 0 && <Badge state="warning">{t("shardsRefused", { n: refused })}</Badge>}
    </>
  );
}

/** How far the crawls are that run now. */
function Running() {
  const { t, number, instant } = useText();
  const query = useQuery({ queryKey: ["crawls", "running"], queryFn: () => answer(api.GET("/v1/crawls/running")), refetchInterval: 2_000 });
  const running = all(query.data?.items);
  if (running.length === 0) return null;
  return (
    <Card title={t("crawls.running")}>
      {running.map((r) => (
        <div key={`${r.scope} ${r.started}`}>
          <b>{r.scope}</b> <span className="soft">{instant(r.started)}</span> ·{" "}
          {t("crawls.progress", { rows: r.rows, pages: r.pages, shards: `${number(r.shards_read)}/${number(r.shards)}` })}
          {r.seconds_left !== null && <> · {t("secondsLeft", { n: r.seconds_left ?? 0 })}</>}
          <progress aria-label={r.scope} {...(r.expected_rows ? { value: r.rows, max: r.expected_rows } : {})} />
        </div>
      ))}
    </Card>
  );
}

function OneCrawl({ crawl: c, onClose }: { crawl: Crawl; onClose: () => void }) {
  const { t, instant, number } = useText();
  const client = useQueryClient();
  const refused = all(c.shards).filter((s) => s.refused);
  const accept = useMutation({
    mutationFn: () => answer(api.POST("/v1/crawls/{id}/accept", { params: { path: { id: c.id } } })),
    onSuccess: () => {
      for (const key of ["crawls", "rates", "status"]) void client.invalidateQueries({ queryKey: [key] });
      announce(t("crawls.acceptedNow"));
      onClose();
    },
  });
  const quarantine = useQuery({
    queryKey: ["crawls", "quarantine", c.id],
    queryFn: () => answer(api.GET("/v1/quarantine", { params: { query: { crawl: c.id, limit: 50 } } })),
    enabled: c.quarantined > 0,
  });
  const columns = [
    { id: "reason", head: t("reason"), width: 12, cell: (q: { reason: string }) => q.reason },
    { id: "detail", head: t("problem"), width: 18, cell: (q: { detail: string }) => <span lang="en">{q.detail}</span> },
    {
      id: "raw",
      head: t("bytes.raw"),
      width: 30,
      title: (q: { raw: string }) => q.raw,
      cell: (q: { raw: string }) => <code>{q.raw}</code>,
    },
  ];
  return (
    <Ask title={c.scope} open onClose={onClose} wide>
      <Facts
        facts={[
          [t("key"), <code key="k">{c.id}</code>],
          [t("source"), c.source],
          [t("observed"), `${instant(c.started, true)} – ${instant(c.finished, true)}`],
          [t("rows"), number(c.rows)],
          [t("pages"), number(c.pages)],
          [t("complete"), c.complete ? t("yes") : t("no")],
          [t("result"), <Result key="r" crawl={c} />],
        ]}
      />
      {refused.length > 0 && (
        <ul lang="en">
          {refused.map((s) => (
            <li key={s.name}>
              {s.name}: {s.refused}
            </li>
          ))}
        </ul>
      )}
      {c.quarantined > 0 && (
        <Show query={quarantine}>
          {(page) => <Table label={t("quarantined")} columns={columns as never} rows={all(page.items)} rowKey={(_, i) => String(i)} />}
        </Show>
      )}
      {((c.refused && !c.accepted) || refused.length > 0) && (
        <div className="callout warn">
          <span>{t("crawls.acceptText")}</span>
          {accept.isError && <Failed error={accept.error} />}
          <button type="button" className="danger" disabled={accept.isPending} onClick={() => accept.mutate()}>
            {accept.isPending ? t("working") : t("crawls.accept")}
          </button>
        </div>
      )}
      <CopyAs
        ways={{
          cli: commandLine(["crawl", "show", c.id]),
          curl: curl(`/v1/crawls/${c.id}`),
          sql: `SELECT * FROM crawls WHERE crawl = ${sqlText(c.id)}`,
        }}
      />
    </Ask>
  );
}
