import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { all, type Month } from "../../api/client.ts";
import { calendar, status } from "../../api/queries.ts";
import { dayOnly } from "../../format/time.ts";
import { commandLine } from "../../logic/commands.ts";
import { CopyAs, curl } from "../../parts/copy.tsx";
import { Badge, Card, Field, Page, Subnav, useNow } from "../../parts/page.tsx";
import { Empty, Show } from "../../parts/states.tsx";
import { useUrl } from "../../parts/url.ts";
import { type Key, useText } from "../../text/index.tsx";

export const lists = ["license", "offers", "services", "documents"] as const;

export function ReleaseNav() {
  const { t } = useText();
  return (
    <Subnav
      label={t("nav.releases")}
      links={[
        { to: "/releases", text: t("calendar") },
        { to: "/releases/list", text: t("releases.all") },
        { to: "/releases/new", text: t("upload") },
      ]}
    />
  );
}

/** Twelve months of every list and market, and what comes next. */
export function CalendarPage() {
  const { t } = useText();
  const [url, set] = useUrl();
  const query = useQuery(calendar);
  return (
    <Page
      title={t("calendar.title")}
      lead={t("calendar.lead")}
      actions={
        <>
          <CopyAs
            ways={{
              cli: commandLine(["calendar"], { list: url["list"], market: url["market"] }),
              curl: curl("/v1/calendar", { list: url["list"], market: url["market"] }),
            }}
          />
          <Link to="/releases/new" className="button primary">
            {t("upload.action")}
          </Link>
        </>
      }
    >
      <ReleaseNav />
      <Alarms />
      <Show query={query} lines={8}>
        {(page) => {
          const months = all(page.items);
          const markets = [...new Set(months.map((m) => m.market))].sort();
          const shown = months.filter((m) => (!url["list"] || m.list === url["list"]) && (!url["market"] || m.market === url["market"]));
          return (
            <>
              <div className="filters">
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
                <Field label={t("market")}>
                  <select value={url["market"] ?? ""} onChange={(e) => set({ market: e.target.value })}>
                    <option value="">{t("all")}</option>
                    {markets.map((m) => (
                      <option key={m}>{m}</option>
                    ))}
                  </select>
                </Field>
              </div>
              {shown.length > 0 ? (
                <>
                  <Months months={shown} />
                  <Legend />
                  <Marks months={shown} />
                </>
              ) : (
                <Empty title={t("calendar.empty")}>
                  <p>{t("calendar.emptyText")}</p>
                  <Link to="/releases/new" className="button primary">
                    {t("upload.action")}
                  </Link>
                </Empty>
              )}
            </>
          );
        }}
      </Show>
    </Page>
  );
}

function Alarms() {
  const { t } = useText();
  const { data } = useQuery(status);
  const alarms = all(data?.alarms);
  if (alarms.length === 0) return null;
  return (
    <div className="callout warn">
      <strong>{t("alarms", { n: alarms.length })}</strong>
      <ul lang="en">
        {alarms.map((a) => (
          <li key={a}>{a}</li>
        ))}
      </ul>
    </div>
  );
}

function Months({ months }: { months: readonly Month[] }) {
  const { t, month } = useText();
  const columns = [...new Set(months.map((m) => m.month))].sort();
  const rows = [...new Set(months.map((m) => `${m.list}\n${m.market}`))];
  const found = new Map(months.map((m) => [`${m.list}\n${m.market}\n${m.month}`, m]));
  return (
    // biome-ignore lint/a11y/useSemanticElements: a region that scrolls, not a form's group
    <div className="months" role="region" aria-label={t("calendar.title")} tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">{t("calendar.rows")}</th>
            {columns.map((c) => (
              <th scope="col" key={c}>
                {month(c, true)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((r) => {
            const [list, market] = r.split("\n") as [string, string];
            return (
              <tr key={r}>
                <th scope="row">
                  {t(`list.${list}` as Key)} <span className="soft">{market}</span>
                </th>
                {columns.map((c) => {
                  const m = found.get(`${r}\n${c}`);
                  return <td key={c}>{m && <Cell month={m} />}</td>;
                })}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function Cell({ month: m }: { month: Month }) {
  const { t, locale } = useText();
  const stage = m.missing ? "missing" : m.stage;
  const inside = (
    <>
      <b>{t(`stage.${stage}`)}</b>
      <span>
        {m.stage === "out" ? t("calendar.wasPublic") : t("calendar.public")} {dayOnly(m.publish_at, locale)}
      </span>
      <span>
        {t("calendar.effective")} {dayOnly(m.effective_at, locale)}
      </span>
      {m.stage !== "out" && m.stage !== "awaited" && <span>{t("daysLeft", { n: m.days_left })}</span>}
    </>
  );
  if (m.release) {
    return (
      <Link className={`month ${stage}`} to="/releases/$id" params={{ id: m.release }}>
        {inside}
      </Link>
    );
  }
  return (
    <Link
      className={`month ${stage}`}
      to="/releases/new"
      search={{ list: m.list, market: m.market, effective: m.effective_at.slice(0, 10) } as never}
    >
      {inside}
    </Link>
  );
}

function Legend() {
  const { t } = useText();
  return (
    <p className="legend soft">
      {(["out", "due", "in_review", "draft", "missing", "awaited"] as const).map((s) => (
        <span key={s}>
          <Badge state={s}>{t(`stage.${s}`)}</Badge> {t(`stage.${s}.text`)}
        </span>
      ))}
    </p>
  );
}

/** The next instants at which something becomes public or takes effect. */
function Marks({ months }: { months: readonly Month[] }) {
  const { t, moment, distance } = useText();
  const now = useNow();
  const marks = months
    .flatMap((m) => [
      ...(m.stage !== "out" ? [{ m, at: m.publish_at, what: m.release ? ("mark.publish" as const) : ("mark.publishBy" as const) }] : []),
      ...(m.release ? [{ m, at: m.effective_at, what: "mark.effective" as const }] : []),
    ])
    .filter((x) => Date.parse(x.at) > now.getTime() - 7 * 86_400_000)
    .sort((a, b) => a.at.localeCompare(b.at))
    .slice(0, 12);
  if (marks.length === 0) return null;
  return (
    <Card title={t("calendar.next")}>
      <ul className="marks">
        {marks.map(({ m, at, what }) => (
          <li key={`${m.list} ${m.market} ${at} ${what}`}>
            <time dateTime={at}>{moment(at)}</time>
            <span className="soft">{distance(at, now)}</span>
            <span>
              {m.release ? (
                <Link to="/releases/$id" params={{ id: m.release }}>
                  {m.release}
                </Link>
              ) : (
                `${t(`list.${m.list}` as Key)} ${m.market} ${m.month}`
              )}{" "}
              {t(what)}
            </span>
            {m.missing && <Badge state="missing">{t("stage.missing")}</Badge>}
          </li>
        ))}
      </ul>
    </Card>
  );
}
