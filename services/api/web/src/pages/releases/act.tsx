import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { answer, api, type Release, upload } from "../../api/client.ts";
import { needsReason, ofApproval, ofRejection, ofSubmission, ofWithdrawal, openWarnings, type Told } from "../../logic/consequences.ts";
import { announce } from "../../parts/announce.tsx";
import { Ask } from "../../parts/dialog.tsx";
import { Field, useNow } from "../../parts/page.tsx";
import { Failed } from "../../parts/states.tsx";
import { useActor } from "../../shell.tsx";
import { useText } from "../../text/index.tsx";

export type ActName = "submit" | "approve" | "reject" | "withdraw";

/** What follows, sentence by sentence. */
export function Consequences({ told }: { told: Told[] }) {
  const { t, moment, number } = useText();
  return (
    <div>
      <h3>{t("consequences")}</h3>
      <ul className="consequences">
        {told.map((x) => (
          <li key={x.key} className={x.bad ? "warntext" : ""}>
            {(t as (key: string, values: Record<string, string | number>) => string)(x.key, {
              at: x.at ? moment(x.at) : "",
              n: x.n ?? 0,
              text: x.text ?? (x.n === undefined ? "" : number(x.n)),
            })}
          </li>
        ))}
      </ul>
    </div>
  );
}

interface Props {
  act: ActName;
  release: Release;
  etag: string;
  onDone: () => void;
  onClose: () => void;
}

/** Asks before something is done with a release, and says what follows. What changed meanwhile is a conflict, and nothing is done. */
export function Act({ act, release: r, etag, onDone, onClose }: Props) {
  const { t } = useText();
  const now = useNow();
  const actor = useActor();
  const client = useQueryClient();
  const [reason, setReason] = useState("");
  const [retroactive, setRetroactive] = useState(false);
  const [selection, setSelection] = useState<File>();
  const [taken, setTaken] = useState<string[]>([]);
  const warnings = act === "approve" || act === "submit" ? openWarnings(r) : [];
  const asks = act === "reject" || act === "withdraw" || (act === "approve" && needsReason(r, now));
  const told =
    act === "submit"
      ? ofSubmission(r)
      : act === "approve"
        ? ofApproval(r, now)
        : act === "reject"
          ? ofRejection()
          : ofWithdrawal(r, now, retroactive);
  const mutation = useMutation({
    mutationFn: () => send({ act, id: r.id, etag, reason, retroactive, selection, acknowledge: taken.join(",") }),
    onSuccess: (after) => {
      for (const key of ["releases", "calendar", "status", "prices", "items"]) void client.invalidateQueries({ queryKey: [key] });
      announce(t("done", { id: after.id, state: t(`state.${after.state}`) }));
      onDone();
      onClose();
    },
  });
  const ready = (!asks || reason.trim() !== "") && (act !== "approve" || warnings.every((w) => taken.includes(w)));
  return (
    <Ask title={t(`ask.${act}`, { id: r.id })} open onClose={onClose}>
      <form
        onSubmit={(e) => {
          e.preventDefault();
          if (ready) mutation.mutate();
        }}
      >
        <Consequences told={told} />
        {warnings.length > 0 && (
          <fieldset>
            <legend>{t("acknowledge")}</legend>
            {warnings.map((w) => (
              <label key={w} className="check">
                <input
                  type="checkbox"
                  checked={taken.includes(w)}
                  onChange={(e) => setTaken(e.target.checked ? [...taken, w] : taken.filter((x) => x !== w))}
                />
                <span>
                  <code>{w}</code> <span lang="en">{r.problems?.find((p) => p.rule === w)?.text}</span>
                </span>
              </label>
            ))}
          </fieldset>
        )}
        {act === "withdraw" && (
          <>
            {Date.parse(r.effective_at) <= now.getTime() && r.published_at && (
              <label className="check">
                <input type="checkbox" checked={retroactive} onChange={(e) => setRetroactive(e.target.checked)} />
                {t("retroactive.withdraw")}
              </label>
            )}
            <Field label={t("withdraw.lines")} hint={t("withdraw.linesHint")}>
              <input type="file" accept=".csv,text/csv" onChange={(e) => setSelection(e.target.files?.[0])} />
            </Field>
          </>
        )}
        {asks && (
          <Field label={act === "approve" ? t("reason.short") : t("reason")}>
            <textarea value={reason} onChange={(e) => setReason(e.target.value)} required rows={2} maxLength={1000} />
          </Field>
        )}
        {mutation.isError && <Failed error={mutation.error} />}
        <footer>
          <span className="soft">{t("actor.as", { name: actor.name || t("actor.token") })}</span>
          <button type="button" onClick={onClose}>
            {t("cancel")}
          </button>
          <button
            type="submit"
            className={act === "withdraw" || act === "reject" ? "button danger" : "button primary"}
            disabled={!ready || mutation.isPending}
          >
            {mutation.isPending ? t("working") : t(`do.${act}`)}
          </button>
        </footer>
      </form>
    </Ask>
  );
}

interface Sent {
  act: ActName;
  id: string;
  etag: string;
  reason: string;
  retroactive: boolean;
  selection: File | undefined;
  acknowledge: string;
}

function send(s: Sent): Promise<Release> {
  if (s.act === "withdraw") {
    const query = { reason: s.reason, retroactive: s.retroactive ? "true" : undefined, filename: s.selection?.name };
    return upload<Release>(`/v1/releases/${s.id}/withdraw`, query, s.selection, s.etag ? { "If-Match": s.etag } : {});
  }
  const body = {
    ...(s.acknowledge ? { acknowledge: s.acknowledge } : {}),
    ...(s.reason ? (s.act === "approve" ? { short_notice: s.reason } : { reason: s.reason }) : {}),
  };
  const params = { path: { id: s.id }, header: { "If-Match": s.etag } };
  if (s.act === "submit") return answer(api.POST("/v1/releases/{id}/submit", { params, body }));
  if (s.act === "approve") return answer(api.POST("/v1/releases/{id}/approve", { params, body }));
  return answer(api.POST("/v1/releases/{id}/reject", { params, body }));
}
