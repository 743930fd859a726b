import { useMemo, useState, useSyncExternalStore } from "react";
import { live } from "../../api/live.ts";
import { recorded } from "../../api/record.ts";
import { commandLine } from "../../logic/commands.ts";
import { type Kept, kept } from "../../logic/events.ts";
import { CopyAs, curl } from "../../parts/copy.tsx";
import { Ask } from "../../parts/dialog.tsx";
import { Badge, Field, Page, Subnav, Typed } from "../../parts/page.tsx";
import { Empty } from "../../parts/states.tsx";
import { type Column, Table } from "../../parts/table.tsx";
import { useUrl } from "../../parts/url.ts";
import { useText } from "../../text/index.tsx";

export function LiveNav() {
  const { t } = useText();
  return (
    <Subnav
      label={t("nav.live")}
      links={[
        { to: "/live", text: t("stream") },
        { to: "/live/crawls", text: t("crawls") },
        { to: "/live/rejects", text: t("rejects") },
        { to: "/live/health", text: t("health") },
      ]}
    />
  );
}

const types = ["release", "price", "item", "rate", "crawl", "source"];

/** The events as they come, the newest first. */
export function StreamPage() {
  const { t, instant, number } = useText();
  const [url, set] = useUrl();
  const [paused, setPaused] = useState<readonly Kept[]>();
  const [shown, setShown] = useState<Kept>();
  const current = useSyncExternalStore(recorded.subscribe, recorded.get);
  const state = useSyncExternalStore(live.watch, () => live.state);
  const all = paused ?? current;
  const rows = useMemo(
    () => all.filter((k) => kept(k, url["type"], url["subject"], url["q"])),
    [all, url["type"], url["subject"], url["q"]],
  );
  const columns: Column<Kept>[] = [
    { id: "time", head: t("time"), width: 14, cell: (k) => instant(k.event.time, true) },
    {
      id: "type",
      head: t("event"),
      width: 13,
      cell: (k) => (
        <button type="button" className="link" onClick={() => setShown(k)}>
          {k.event.type.replace(/^pricewire\.|\.v\d+$/g, "")}
        </button>
      ),
    },
    { id: "what", head: t("change"), width: 9, cell: (k) => k.kind && <Badge state={k.kind}>{k.kind}</Badge> },
    { id: "subject", head: t("subject"), width: 30, title: (k) => k.event.subject, cell: (k) => <code>{k.event.subject}</code> },
    { id: "place", head: t("place"), width: 10, end: true, cell: (k) => `${k.event.stream} ${number(Number(k.event.sequence))}` },
  ];
  return (
    <Page
      title={t("stream.title")}
      lead={t("stream.lead")}
      actions={
        <>
          <CopyAs
            ways={{
              cli: commandLine(["events", "tail"], { subject: url["subject"], from: "now" }),
              curl: `${curl("/v1/events", { subject: url["subject"], from: "now" })} --no-buffer`,
            }}
          />
          <button
            type="button"
            className={paused ? "primary" : ""}
            aria-pressed={paused !== undefined}
            onClick={() => setPaused(paused ? undefined : current)}
          >
            {paused
              ? t("stream.go", { n: current.length === paused.length ? 0 : Math.max(0, recorded.count - (paused[0]?.place ?? 0)) })
              : t("stream.pause")}
          </button>
        </>
      }
    >
      <LiveNav />
      <div className="filters">
        <Field label={t("event")}>
          <select value={url["type"] ?? ""} onChange={(e) => set({ type: e.target.value })}>
            <option value="">{t("all")}</option>
            {types.map((x) => (
              <option key={x}>{x}</option>
            ))}
          </select>
        </Field>
        <Field label={t("subject")} hint="pw.rate.usd.>">
          <Typed type="text" value={url["subject"] ?? ""} onChange={(subject) => set({ subject }, true)} placeholder="pw.price.us.>" />
        </Field>
        <Field label={t("find")} grow>
          <Typed value={url["q"] ?? ""} onChange={(q) => set({ q }, true)} />
        </Field>
      </div>
      <p role="status" className="soft">
        {state === "open" ? t("stream.shown", { n: rows.length, all: number(recorded.count) }) : t(`live.${state}`)}
      </p>
      <Table
        label={t("stream.title")}
        columns={columns}
        rows={rows}
        rowKey={(k) => String(k.place)}
        empty={
          <Empty title={t("stream.quiet")}>
            <p>{t("stream.quietText")}</p>
            <code>pricewire events tail --from start</code>
          </Empty>
        }
      />
      <Ask title={shown?.event.type ?? ""} open={shown !== undefined} onClose={() => setShown(undefined)} wide>
        <pre tabIndex={0}>{shown && JSON.stringify(shown.event, null, 2)}</pre>
      </Ask>
    </Page>
  );
}
