import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Problem, Unreachable } from "../api/client.ts";
import { useText } from "../text/index.tsx";

/** While something is asked for. */
export function Loading({ lines = 4 }: { lines?: number }) {
  const { t } = useText();
  return (
    <div className="loading" role="status">
      <span className="hidden">{t("loading")}</span>
      {Array.from({ length: lines }, (_, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: bars are all alike
        <span key={i} className="bar" />
      ))}
    </div>
  );
}

/** What went wrong, and what to do. What the server says is in English, whatever the language. */
export function Failed({ error, retry }: { error: unknown; retry?: () => void }) {
  const { t } = useText();
  const problem = error instanceof Problem ? error : undefined;
  return (
    <div className="callout bad" role="alert">
      <strong>{error instanceof Unreachable ? t("unreachable") : problem?.status === 404 ? t("notFound") : t("failed")}</strong>
      <p>
        {error instanceof Unreachable ? (
          t("unreachableHint")
        ) : (
          <span lang="en">{error instanceof Error ? error.message : String(error)}</span>
        )}
      </p>
      {problem && problem.places.length > 0 && (
        <ul lang="en">
          {problem.places.map((p) => (
            <li key={`${p.location} ${p.message}`}>
              <code>{p.location}</code> {p.message}
            </li>
          ))}
        </ul>
      )}
      {problem?.hint && (
        <p lang="en" className="soft">
          {problem.hint}
        </p>
      )}
      {retry && (
        <button type="button" onClick={retry}>
          {t("retry")}
        </button>
      )}
    </div>
  );
}

/** Nothing is there: what would be, and how it comes about. */
export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <strong>{title}</strong>
      {children && <div className="soft">{children}</div>}
    </div>
  );
}

/** What was asked for, or why it is not there yet. */
export function Show<T>({ query, children, lines }: { query: UseQueryResult<T>; children: (data: T) => ReactNode; lines?: number }) {
  if (query.data !== undefined) {
    return (
      <>
        {query.isError && <Failed error={query.error} retry={() => void query.refetch()} />}
        {children(query.data)}
      </>
    );
  }
  return query.isError ? <Failed error={query.error} retry={() => void query.refetch()} /> : <Loading {...(lines ? { lines } : {})} />;
}
