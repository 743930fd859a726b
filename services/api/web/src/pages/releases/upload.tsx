import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { type ReactNode, useEffect, useState } from "react";
import { all, type Release, type Schemas, type SheetProblem, upload } from "../../api/client.ts";
import { release } from "../../api/queries.ts";
import { monthFrom } from "../../format/time.ts";
import { commandLine } from "../../logic/commands.ts";
import { daysBetween, ofCorrection } from "../../logic/consequences.ts";
import { announce } from "../../parts/announce.tsx";
import { CopyAs } from "../../parts/copy.tsx";
import { Card, Field, Page, useNow } from "../../parts/page.tsx";
import { Failed, Loading, Show } from "../../parts/states.tsx";
import { useUrl } from "../../parts/url.ts";
import { useActor } from "../../shell.tsx";
import { useText } from "../../text/index.tsx";
import { Consequences } from "./act.tsx";
import { lists, ReleaseNav } from "./calendar.tsx";
import { Problems } from "./problems.tsx";

type Lint = Schemas["LintView"];

/** A sheet is judged as soon as it is chosen, again whenever it or what it is for changes, and becomes a draft when it is good. */
export function UploadPage() {
  const { t } = useText();
  const [url, set] = useUrl();
  const now = useNow();
  const navigate = useNavigate();
  const [file, setFile] = useState<File>();
  const [acknowledged, setAcknowledged] = useState<string[]>([]);
  const list = url["list"] ?? "license";
  const kind = url["kind"] ?? "full";
  const effective = url["effective"] ?? monthFrom(now, 2);
  const market = list === "license" ? (url["market"] ?? "") : "";
  const query = { list, market, effective, kind, filename: file?.name };
  const lint = useLint("/v1/releases:lint", query, file);
  const create = useCreate("/v1/releases", { ...query, acknowledge: acknowledged.join(",") }, file, (r) => {
    announce(t("created", { id: r.id }));
    void navigate({ to: "/releases/$id", params: { id: r.id } });
  });
  return (
    <Page
      title={t("upload.title")}
      lead={t("upload.lead")}
      actions={
        <CopyAs
          ways={{
            cli: commandLine(["release", "create", file?.name ?? "list.csv"], {
              list,
              market,
              effective,
              kind: kind === "full" ? undefined : kind,
            }),
          }}
        />
      }
    >
      <ReleaseNav />
      <Card title={t("upload.what")}>
        <div className="filters">
          <Field label={t("list")}>
            <select value={list} onChange={(e) => set({ list: e.target.value })}>
              {lists.map((l) => (
                <option key={l} value={l}>
                  {t(`list.${l}`)}
                </option>
              ))}
            </select>
          </Field>
          {list === "license" && (
            <Field label={t("market")} hint={t("upload.marketHint")}>
              <input value={market} onChange={(e) => set({ market: e.target.value.toUpperCase() }, true)} maxLength={2} placeholder="US" />
            </Field>
          )}
          <Field label={t("effective")} hint={t("upload.effectiveHint", { n: daysBetween(now, `${effective}T00:00:00Z`) })}>
            <input type="date" value={effective} onChange={(e) => set({ effective: e.target.value }, true)} required />
          </Field>
          <Field label={t("kind")} hint={t(`kind.${kind as "full" | "delta"}.text`)}>
            <select value={kind} onChange={(e) => set({ kind: e.target.value })}>
              <option value="full">{t("kind.full")}</option>
              <option value="delta">{t("kind.delta")}</option>
            </select>
          </Field>
        </div>
        <FileChooser file={file} onFile={setFile} />
        <p className="soft">
          {t("upload.template")}{" "}
          <a href={`/v1/templates/${list}`} download>
            {t("upload.templateLink")}
          </a>
        </p>
      </Card>
      <Judgement lint={lint} file={file} acknowledged={acknowledged} onAcknowledge={setAcknowledged}>
        <Creation pending={create.isPending} errors={lint.data?.errors ?? 1} error={create.error} onCreate={() => create.mutate()} />
      </Judgement>
    </Page>
  );
}

/** The same for a sheet that mends a public release. */
export function CorrectPage() {
  const { t } = useText();
  const { id } = useParams({ strict: false }) as { id: string };
  const query = useQuery(release(id));
  return (
    <Page title={t("correct.title", { id })} lead={t("correct.lead")}>
      <ReleaseNav />
      <Show query={query}>{({ release: r }) => <Correction release={r} />}</Show>
    </Page>
  );
}

function Correction({ release: r }: { release: Release }) {
  const { t } = useText();
  const now = useNow();
  const navigate = useNavigate();
  const [file, setFile] = useState<File>();
  const [reason, setReason] = useState("");
  const [from, setFrom] = useState("");
  const [kind, setKind] = useState<"full" | "delta">("full");
  const [retroactive, setRetroactive] = useState(false);
  const [acknowledged, setAcknowledged] = useState<string[]>([]);
  const inForce = Date.parse(r.effective_at) <= now.getTime();
  const about = {
    list: r.list,
    market: r.market === "WW" ? "" : r.market,
    effective: r.effective_at.slice(0, 10),
    kind,
    filename: file?.name,
  };
  const lint = useLint("/v1/releases:lint", about, file);
  const create = useCreate(
    `/v1/releases/${r.id}/correct`,
    { reason, from, retroactive: retroactive ? "true" : undefined, kind, filename: file?.name, acknowledge: acknowledged.join(",") },
    file,
    (made) => {
      announce(t("created", { id: made.id }));
      void navigate({ to: "/releases/$id", params: { id: made.id } });
    },
  );
  return (
    <>
      <Card title={t("correct.sheet")}>
        <p>
          {t("correct.export")}{" "}
          <a href={`/v1/releases/${r.id}/export?format=csv`} download>
            {r.id}.csv
          </a>
          {" · "}
          <a href={`/v1/releases/${r.id}/export?format=xlsx`} download>
            {r.id}.xlsx
          </a>
        </p>
        <FileChooser file={file} onFile={setFile} />
        <div className="filters">
          <Field label={t("reason")} grow>
            <input value={reason} onChange={(e) => setReason(e.target.value)} maxLength={1000} required />
          </Field>
          <Field label={t("kind")}>
            <select value={kind} onChange={(e) => setKind(e.target.value as "full" | "delta")}>
              <option value="full">{t("kind.full")}</option>
              <option value="delta">{t("kind.delta")}</option>
            </select>
          </Field>
          {inForce && !retroactive && (
            <Field label={t("correct.from")}>
              <input type="date" value={from} onChange={(e) => setFrom(e.target.value)} />
            </Field>
          )}
        </div>
        {inForce && (
          <label className="check">
            <input type="checkbox" checked={retroactive} onChange={(e) => setRetroactive(e.target.checked)} />
            {t("retroactive.correct")}
          </label>
        )}
        <Consequences told={ofCorrection(r, now, retroactive, from)} />
      </Card>
      <Judgement lint={lint} file={file} acknowledged={acknowledged} onAcknowledge={setAcknowledged}>
        <Creation
          pending={create.isPending}
          errors={reason.trim() ? (lint.data?.errors ?? 1) : 1}
          error={create.error}
          onCreate={() => create.mutate()}
        />
      </Judgement>
    </>
  );
}

type Asked = Record<string, string | undefined>;

/** Judges a file whenever it or the question changes. A file that cannot be read at all is an answer, too: its problem. */
function useLint(path: string, query: Asked, file: File | undefined) {
  return useQuery({
    queryKey: ["lint", query, file?.name, file?.size, file?.lastModified],
    queryFn: () => upload<Lint>(path, query, file),
    enabled: file !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
}

function useCreate(path: string, query: Asked, file: File | undefined, onSuccess: (r: Release) => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => upload<Release>(path, query, file),
    onSuccess: (r) => {
      for (const key of ["releases", "calendar"]) void client.invalidateQueries({ queryKey: [key] });
      onSuccess(r);
    },
  });
}

function FileChooser({ file, onFile }: { file: File | undefined; onFile: (file: File | undefined) => void }) {
  const { t } = useText();
  const [over, setOver] = useState(false);
  useEffect(() => {
    const stop = (e: DragEvent) => e.preventDefault(); // a file that misses must not replace the page
    addEventListener("dragover", stop);
    addEventListener("drop", stop);
    return () => {
      removeEventListener("dragover", stop);
      removeEventListener("drop", stop);
    };
  }, []);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the input inside does the same for everybody
    <div
      className={over ? "drop over" : "drop"}
      onDragOver={() => setOver(true)}
      onDragLeave={() => setOver(false)}
      onDrop={(e) => {
        setOver(false);
        onFile(e.dataTransfer.files[0]);
      }}
    >
      <Field label={t("file")} hint={t("file.hint")}>
        <input
          type="file"
          accept=".csv,.xlsx,.zip,.yaml,.yml,.json"
          onClick={(e) => {
            e.currentTarget.value = ""; // the same name again is the file as it is now
          }}
          onChange={(e) => onFile(e.target.files?.[0])}
        />
      </Field>
      {file && (
        <span className="soft">
          {file.name} · {t("bytes", { n: file.size })}
        </span>
      )}
    </div>
  );
}

interface JudgementProps {
  lint: ReturnType<typeof useLint>;
  file: File | undefined;
  acknowledged: string[];
  onAcknowledge: (rules: string[]) => void;
  children: ReactNode;
}

function Judgement({ lint, file, acknowledged, onAcknowledge, children }: JudgementProps) {
  const { t, number } = useText();
  if (!file) return null;
  if (lint.isPending) return <Loading />;
  if (lint.isError) return <Failed error={lint.error} retry={() => void lint.refetch()} />;
  const v = lint.data;
  const warnings = [...new Set(all(v.problems).flatMap((p: SheetProblem) => (p.severity === "warning" ? [p.rule] : [])))].sort();
  return (
    <>
      <div className={v.errors > 0 ? "callout bad" : v.warnings > 0 ? "callout warn" : "callout good"} role="status">
        <strong>
          {v.errors > 0 ? t("lint.errors", { n: v.errors }) : v.warnings > 0 ? t("lint.warnings", { n: v.warnings }) : t("lint.good")}
        </strong>
        <span>
          {t("lint.lines", { n: v.lines })} {v.predecessor ? t("lint.against", { id: v.predecessor }) : t("lint.first")}
        </span>
      </div>
      <div className="tiles">
        {(["added", "price_changed", "changed", "ending", "removed", "unchanged"] as const).map((c) => (
          <div key={c} className="tile">
            <b>{number(v.diff[c])}</b>
            <span>{t(`change.${c}`)}</span>
          </div>
        ))}
      </div>
      {all(v.problems).length > 0 && (
        <Card title={t("problems")}>
          <Problems problems={all(v.problems)} />
        </Card>
      )}
      {v.errors === 0 && warnings.length > 0 && (
        <Card title={t("acknowledge")}>
          <p className="soft">{t("acknowledge.text")}</p>
          {warnings.map((w) => (
            <label key={w} className="check">
              <input
                type="checkbox"
                checked={acknowledged.includes(w)}
                onChange={(e) => onAcknowledge(e.target.checked ? [...acknowledged, w] : acknowledged.filter((x) => x !== w))}
              />
              <span>
                <code>{w}</code> <span lang="en">{v.problems?.find((p) => p.rule === w)?.text}</span>
              </span>
            </label>
          ))}
        </Card>
      )}
      {children}
    </>
  );
}

function Creation({ pending, errors, error, onCreate }: { pending: boolean; errors: number; error: unknown; onCreate: () => void }) {
  const { t } = useText();
  const actor = useActor();
  const nobody = !actor.name && !actor.token;
  return (
    <div className="callout">
      <span>{nobody ? t("bar.nobody") : errors > 0 ? t("create.mend") : t("create.text")}</span>
      {error != null && <Failed error={error} />}
      <button type="button" className="primary" disabled={pending || errors > 0 || nobody} onClick={onCreate}>
        {pending ? t("working") : t("create")}
      </button>
    </div>
  );
}
