import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { all, answer, api, type Schemas } from "../../api/client.ts";
import { status } from "../../api/queries.ts";
import { commandLine } from "../../logic/commands.ts";
import { behind } from "../../logic/lag.ts";
import { announce } from "../../parts/announce.tsx";
import { CopyAs, curl } from "../../parts/copy.tsx";
import { Ask } from "../../parts/dialog.tsx";
import { Badge, Card, Page } from "../../parts/page.tsx";
import { Empty, Failed, Show } from "../../parts/states.tsx";
import { type Column, Table } from "../../parts/table.tsx";
import { useText } from "../../text/index.tsx";
import { LiveNav } from "./stream.tsx";

/** How everything is: what a person should look at, how far the tables follow the streams, how crawls go. */
export function HealthPage() {
  const { t, number, moment } = useText();
  const query = useQuery(status);
  const streams: Column<Schemas["StreamView"]>[] = [
    { id: "name", head: t("stream"), width: 9, cell: (s) => <code>{s.name}</code> },
    { id: "messages", head: t("messages"), width: 7, end: true, cell: (s) => number(s.messages) },
    { id: "written", head: t("queryable"), width: 7.5, end: true, cell: (s) => number(s.written) },
    {
      id: "lag",
      head: t("lag"),
      width: 5.5,
      end: true,
      cell: (s) => <span className={s.lag > 0 ? "warntext" : "goodtext"}>{number(s.lag)}</span>,
    },
  ];
  const scopes: Column<Schemas["ScopeView"]>[] = [
    { id: "scope", head: t("scope"), width: 12, cell: (s) => s.scope },
    { id: "taken", head: t("taken"), width: 12, cell: (s) => (s.taken ? moment(s.taken) : "–") },
    {
      id: "state",
      head: t("state"),
      width: 18,
      title: (s) => s.refused || s.failed,
      cell: (s) =>
        s.failing_in_a_row > 0 || s.refused_in_a_row > 0 ? (
          <span className="badtext" lang="en">
            {s.failed || s.refused}
          </span>
        ) : (
          <Badge state="good">{t("good")}</Badge>
        ),
    },
  ];
  return (
    <Page
      title={t("health")}
      lead={t("health.lead")}
      actions={<CopyAs ways={{ cli: commandLine(["status"]), curl: curl("/v1/status") }} />}
    >
      <LiveNav />
      <Show query={query}>
        {(s) => (
          <>
            {all(s.alarms).length === 0 ? (
              <div className="callout good">
                <strong>{t("health.good")}</strong>
              </div>
            ) : (
              <div className="callout warn">
                <strong>{t("alarms", { n: all(s.alarms).length })}</strong>
                <ul lang="en">
                  {all(s.alarms).map((a) => (
                    <li key={a}>{a}</li>
                  ))}
                </ul>
              </div>
            )}
            <div className="columns">
              <Card title={t("streams")}>
                <p className="soft">{t("streams.text")}</p>
                <Table label={t("streams")} columns={streams} rows={all(s.streams)} rowKey={(x) => x.name} />
              </Card>
              <Card title={t("scopes")}>
                <Table
                  label={t("scopes")}
                  columns={scopes}
                  rows={all(s.scopes)}
                  rowKey={(x) => x.scope}
                  empty={<Empty title={t("crawls.none")} />}
                />
                {all(s.quarantined).length > 0 && (
                  <ul className="marks">
                    {all(s.quarantined).map((q) => (
                      <li key={q.reason}>
                        <span>{q.reason}</span> <b>{number(q.rows)}</b>
                      </li>
                    ))}
                  </ul>
                )}
              </Card>
            </div>
            <p className="soft">
              {t("version")} {s.version} · {t("source")} {s.source}
            </p>
          </>
        )}
      </Show>
      <Webhooks streams={all(query.data?.streams)} />
      <Audits />
    </Page>
  );
}

/** How far each endpoint has been told of everything. */
function Webhooks({ streams }: { streams: readonly Schemas["StreamView"][] }) {
  const { t, number, instant } = useText();
  const query = useQuery({
    queryKey: ["webhooks"],
    queryFn: () => answer(api.GET("/v1/webhooks", { params: { query: { limit: 1000 } } })),
    refetchInterval: 15_000,
  });
  const columns: Column<Schemas["WebhookView"]>[] = [
    { id: "name", head: t("webhook"), width: 12, cell: (w) => w.name },
    {
      id: "state",
      head: t("state"),
      width: 9,
      title: (w) => w.reason || w.problem,
      cell: (w) => (
        <Badge state={w.state === "disabled" ? "bad" : w.failures > 0 ? "warning" : "good"}>
          {w.state === "disabled" ? t("webhook.disabled") : w.failures > 0 ? t("webhook.failing", { n: w.failures }) : t("good")}
        </Badge>
      ),
    },
    { id: "sent", head: t("webhook.sent"), width: 8, end: true, cell: (w) => number(w.sent) },
    { id: "held", head: t("webhook.held"), width: 8, end: true, cell: (w) => number(w.held) },
    { id: "lag", head: t("lag"), width: 7, end: true, cell: (w) => number(behind(w.position, streams)) },
    { id: "next", head: t("webhook.next"), width: 12, cell: (w) => w.next_at && instant(w.next_at, true) },
    { id: "why", head: t("reason"), cell: (w) => <span lang="en">{w.reason || w.problem}</span>, title: (w) => w.reason || w.problem },
  ];
  return (
    <Card title={t("webhooks")}>
      <p className="soft">{t("webhooks.text")}</p>
      <Show query={query}>
        {(page) => (
          <Table
            label={t("webhooks")}
            columns={columns}
            rows={all(page.items)}
            rowKey={(w) => w.name}
            empty={
              <Empty title={t("webhooks.none")}>
                <code>pricewire webhook create billing --url https://example.com/prices</code>
              </Empty>
            }
          />
        )}
      </Show>
    </Card>
  );
}

/** Whether the tables are what the streams say. */
function Audits() {
  const { t, moment, number } = useText();
  const client = useQueryClient();
  const query = useQuery({
    queryKey: ["audits"],
    queryFn: () => answer(api.GET("/v1/audits")),
    refetchInterval: (q) => (all(q.state.data?.items).some((a) => a.state === "running" || a.state === "waiting") ? 1_000 : 15_000),
    retry: false,
  });
  const audit = useMutation({
    mutationFn: () => answer(api.POST("/v1/audits", { body: { deep: false, repair: false, stream: "" } as never })),
    onSuccess: () => void client.invalidateQueries({ queryKey: ["audits"] }),
  });
  return (
    <Card
      title={t("audits")}
      actions={
        <button type="button" disabled={audit.isPending} onClick={() => audit.mutate()}>
          {t("audits.run")}
        </button>
      }
    >
      <p className="soft">{t("audits.text")}</p>
      {audit.isError && <Failed error={audit.error} />}
      <Show query={query}>
        {(page) => (
          <ul className="marks">
            {all(page.items)
              .slice(0, 8)
              .map((a) => (
                <li key={a.id}>
                  <span>{a.started && moment(a.started)}</span>
                  <Badge state={a.state === "failed" || a.wrong > 0 ? "bad" : a.state === "done" ? "good" : "info"}>
                    {a.state === "done"
                      ? a.wrong > 0
                        ? t("audits.wrong", { n: a.wrong })
                        : t("good")
                      : `${a.phase || a.state} ${a.total ? `${number(a.done)}/${number(a.total)}` : ""}`}
                  </Badge>
                  {a.failure && <span lang="en">{a.failure}</span>}
                </li>
              ))}
          </ul>
        )}
      </Show>
    </Card>
  );
}

const lists = { PRICES: "license", RATES: "usage" } as const;

/** Messages that could not be decoded, with their bytes, and a way to read them again. */
export function RejectsPage() {
  const { t, number } = useText();
  const [shown, setShown] = useState<Schemas["RejectView"]>();
  const query = useQuery({
    queryKey: ["status", "rejects"],
    queryFn: () => answer(api.GET("/v1/rejects", { params: { query: { limit: 1000 } } })),
    refetchInterval: 15_000,
  });
  const columns: Column<Schemas["RejectView"]>[] = [
    {
      id: "place",
      head: t("place"),
      width: 12,
      cell: (r) => <button type="button" className="link" onClick={() => setShown(r)}>{`${r.stream} ${number(r.seq)}`}</button>,
    },
    { id: "subject", head: t("subject"), width: 22, title: (r) => r.subject, cell: (r) => <code>{r.subject}</code> },
    { id: "reason", head: t("reason"), width: 30, title: (r) => r.reason, cell: (r) => <span lang="en">{r.reason}</span> },
  ];
  return (
    <Page
      title={t("rejects")}
      lead={t("rejects.lead")}
      actions={<CopyAs ways={{ cli: commandLine(["reject", "list"]), curl: curl("/v1/rejects"), sql: "SELECT * FROM rejects" }} />}
    >
      <LiveNav />
      <Show query={query}>
        {(page) => (
          <Table
            label={t("rejects")}
            columns={columns}
            rows={all(page.items)}
            rowKey={(r) => `${r.stream} ${r.seq}`}
            empty={
              <Empty title={t("rejects.none")}>
                <p>{t("rejects.noneText")}</p>
              </Empty>
            }
          />
        )}
      </Show>
      {shown && <OneReject reject={shown} onClose={() => setShown(undefined)} />}
    </Page>
  );
}

function OneReject({ reject: r, onClose }: { reject: Schemas["RejectView"]; onClose: () => void }) {
  const { t } = useText();
  const list = r.stream.startsWith("RATES") ? lists.RATES : lists.PRICES;
  const replay = useMutation({
    mutationFn: () => answer(api.POST("/v1/rebuilds", { body: { list } })),
    onSuccess: () => {
      announce(t("rejects.replaying"));
      onClose();
    },
  });
  return (
    <Ask title={`${r.stream} ${r.seq}`} open onClose={onClose} wide>
      <p lang="en">{r.reason}</p>
      <pre tabIndex={0}>{r.text ?? hex(r.bytes)}</pre>
      <div className="callout">
        <strong>{t("rejects.replay")}</strong>
        <span>{t("rejects.replayText")}</span>
        {replay.isError && <Failed error={replay.error} />}
        <button type="button" disabled={replay.isPending} onClick={() => replay.mutate()}>
          {replay.isPending ? t("working") : t("rejects.replayDo", { list })}
        </button>
      </div>
      <CopyAs ways={{ cli: commandLine(["rebuild"], { list }) }} />
    </Ask>
  );
}

/** Bytes, sixteen a line. */
function hex(base64: string): string {
  const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  const lines: string[] = [];
  for (let i = 0; i < bytes.length; i += 16) {
    const part = [...bytes.slice(i, i + 16)];
    const text = part.map((b) => (b >= 32 && b < 127 ? String.fromCharCode(b) : ".")).join("");
    lines.push(
      `${i.toString(16).padStart(8, "0")}  ${part
        .map((b) => b.toString(16).padStart(2, "0"))
        .join(" ")
        .padEnd(47)}  ${text}`,
    );
  }
  return lines.join("\n");
}
