import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { all, type Release } from "../../api/client.ts";
import { changes, release, releaseLog } from "../../api/queries.ts";
import { commandLine, sqlText } from "../../logic/commands.ts";
import { barred, openWarnings, possible } from "../../logic/consequences.ts";
import { CopyAs, curl } from "../../parts/copy.tsx";
import { Badge, Card, Facts, Page, useNow } from "../../parts/page.tsx";
import { Show } from "../../parts/states.tsx";
import { useActor } from "../../shell.tsx";
import { type Key, useText } from "../../text/index.tsx";
import { Act, type ActName } from "./act.tsx";
import { ReleaseNav } from "./calendar.tsx";
import { StateBadge } from "./list.tsx";
import { Problems } from "./problems.tsx";

const life = ["draft", "in_review", "approved", "published", "effective", "superseded"] as const;

/** One release: where it is in its life, what can be done with it, and who did what. */
export function ReleasePage() {
  const { t } = useText();
  const { id } = useParams({ strict: false }) as { id: string };
  const query = useQuery(release(id));
  const client = useQueryClient();
  const reviewed =
    query.data !== undefined && query.data.release.list === "license" && ["draft", "in_review"].includes(query.data.release.state);
  useEffect(() => {
    if (reviewed) void client.prefetchQuery(changes(id));
  }, [client, id, reviewed]);
  return (
    <Page
      title={id}
      actions={
        <CopyAs
          ways={{
            cli: commandLine(["release", "show", id]),
            curl: curl(`/v1/releases/${id}`),
            sql: `SELECT * FROM releases WHERE release = ${sqlText(id)}`,
          }}
        />
      }
    >
      <ReleaseNav />
      <Show query={query}>{({ release: r, etag }) => <Shown release={r} etag={etag} refresh={() => void query.refetch()} />}</Show>
      <p className="hidden">{t("release")}</p>
    </Page>
  );
}

function Shown({ release: r, etag, refresh }: { release: Release; etag: string; refresh: () => void }) {
  const { t, moment, distance, number } = useText();
  const now = useNow();
  const counts = ["added", "price_changed", "changed", "ending", "removed", "unchanged"] as const;
  return (
    <>
      <Life release={r} />
      {r.held && (
        <div className="callout warn">
          <strong>{t("stage.held")}</strong>
          <span lang="en">{r.held}</span>
        </div>
      )}
      <Actions release={r} etag={etag} refresh={refresh} />
      <div className="tiles">
        {counts.map((c) => (
          <Link
            key={c}
            className="tile"
            to="/releases/$id/diff"
            params={{ id: r.id }}
            search={(c === "unchanged" ? {} : { change: c }) as never}
            style={{ textDecoration: "none" }}
          >
            <b>{number(r.diff[c])}</b>
            <span>{t(`change.${c}`)}</span>
          </Link>
        ))}
      </div>
      <div className="columns lead">
        <Card
          title={t("release")}
          actions={
            <>
              <Link className="button" to="/releases/$id/diff" params={{ id: r.id }}>
                {t("diff.open")}
              </Link>
              <a className="button" href={`/v1/releases/${r.id}/export?format=xlsx`} download>
                {t("download")} XLSX
              </a>
              <a className="button" href={`/v1/releases/${r.id}/export?format=csv`} download>
                CSV
              </a>
            </>
          }
        >
          <Facts
            facts={[
              [t("state"), <StateBadge key="s" release={r} />],
              [
                t("public"),
                r.published_at ? moment(r.published_at) : `${t("dueAt", { at: moment(r.publish_at) })} (${distance(r.publish_at, now)})`,
              ],
              [
                t("effective"),
                r.follows_publication && !r.published_at
                  ? t("whenPublished")
                  : `${moment(r.effective_at)} (${distance(r.effective_at, now)})`,
              ],
              [t("notice"), `${t("days", { n: r.notice.days })}${r.notice.short ? ` · ${t("short")}` : ""}`],
              [t("notice.reason"), r.notice.reason],
              [t("lines"), number(r.lines)],
              [t("kind"), t(`kind.${r.kind}`)],
              [t("author"), r.created_by],
              [t("submitter"), r.submitted_by],
              [t("approver"), r.approved_by],
              [t("predecessor"), r.predecessor && <ReleaseLink id={r.predecessor} />],
              [t("corrects"), r.corrects && <ReleaseLink id={r.corrects} />],
              [t("supersedes"), r.supersedes && <ReleaseLink id={r.supersedes} />],
              [t("supersededBy"), r.superseded_by && <ReleaseLink id={r.superseded_by} />],
              [t("reason"), r.reason],
              [t("set"), r.set],
              [t("baseline"), r.baseline && t("yes")],
              [t("retroactive"), r.retroactive && t("yes")],
              [t("backfilled"), r.backfilled && t("yes")],
            ]}
          />
        </Card>
        <Log id={r.id} />
      </div>
      {all(r.withdrawals).length > 0 && (
        <Card title={t("withdrawals")}>
          <ul className="marks">
            {all(r.withdrawals).map((w) => (
              <li key={w.n}>
                <time dateTime={w.at}>{moment(w.at)}</time>
                <span>
                  {w.by}: {w.lines === 0 ? t("withdrawal.whole") : t("withdrawal.lines", { n: w.lines })}
                  {w.from && ` · ${t("withdrawal.from", { at: moment(w.from) })}`} {w.in_force && <ReleaseLink id={w.in_force} />}
                </span>
                {w.pending && <Badge state="in_review">{t("pending")}</Badge>}
                <q className="soft">{w.reason}</q>
              </li>
            ))}
          </ul>
        </Card>
      )}
      {all(r.problems).length > 0 && (
        <Card title={t("problems")}>
          <Problems problems={all(r.problems)} />
        </Card>
      )}
    </>
  );
}

export function ReleaseLink({ id }: { id: string }) {
  return (
    <Link to="/releases/$id" params={{ id }}>
      {id}
    </Link>
  );
}

function Life({ release: r }: { release: Release }) {
  const { t } = useText();
  const place = life.indexOf(r.state as (typeof life)[number]);
  return (
    <ol className="life" aria-label={t("life")}>
      {life.map((s, i) => (
        <li key={s} className={place > i ? "done" : ""} {...(place === i ? { "aria-current": "step" as const } : {})}>
          {t(`state.${s}`)}
        </li>
      ))}
      {place < 0 && <li aria-current="step">{t(`state.${r.state}` as Key)}</li>}
    </ol>
  );
}

/** What can be done now. Who may not is told why before pressing anything. */
function Actions({ release: r, etag, refresh }: { release: Release; etag: string; refresh: () => void }) {
  const { t } = useText();
  const actor = useActor();
  const [act, setAct] = useState<ActName>();
  const acts = possible(r).filter((a) => a !== "submit" || r.state === "draft");
  if (acts.length === 0) return null;
  const waits = r.state === "in_review" || r.held ? "wait.approval" : r.state === "draft" ? "wait.submission" : undefined;
  const bars = [...new Set(acts.map((a) => barred(a, r, actor)).filter(Boolean))];
  return (
    <div className="callout" id="actions">
      {waits && <strong>{t(waits)}</strong>}
      {openWarnings(r).length > 0 && !r.published_at && (
        <span className="warntext">{t("warningsOpen", { n: openWarnings(r).length })}</span>
      )}
      {bars.map((b) => (
        <span key={b} className="soft">
          {t(b as Key)}
        </span>
      ))}
      <div className="actions">
        {acts.map((a) =>
          a === "correct" ? (
            <Link key={a} className="button" to="/releases/$id/correct" params={{ id: r.id }}>
              {t("do.correct")}
            </Link>
          ) : (
            <button
              key={a}
              type="button"
              className={a === "approve" || a === "submit" ? "primary" : a === "withdraw" ? "danger" : ""}
              disabled={barred(a, r, actor) !== ""}
              onClick={() => setAct(a)}
            >
              {t(`do.${a}`)}
            </button>
          ),
        )}
      </div>
      {act && <Act act={act} release={r} etag={etag} onDone={refresh} onClose={() => setAct(undefined)} />}
    </div>
  );
}

function Log({ id }: { id: string }) {
  const { t, instant } = useText();
  const query = useQuery(releaseLog(id));
  return (
    <Card title={t("log")}>
      <Show query={query}>
        {(page) => (
          <ol className="marks" aria-label={t("log")}>
            {all(page.items).map((e) => (
              <li key={`${e.at} ${e.what} ${e.who}`}>
                <time dateTime={e.at}>{instant(e.at, true)}</time>
                <span>
                  <b>{e.who}</b> <span lang="en">{e.what}</span>
                </span>
                {e.reason && <q className="soft">{e.reason}</q>}
              </li>
            ))}
          </ol>
        )}
      </Show>
    </Card>
  );
}
