import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback } from "react";

export type Search = Record<string, string | undefined>;

/** What a page shows is in its address: plain texts, without what is empty. */
export const parseSearch = (text: string): Search => Object.fromEntries(new URLSearchParams(text));

export function writeSearch(search: Record<string, unknown>): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(search))
    if (value !== undefined && value !== null && value !== "") params.set(name, String(value));
  const text = params.toString();
  return text ? `?${text}` : "";
}

/** The address's values, and a way to change some of them: an empty one is left out. Typing replaces, choosing adds to the history. */
export function useUrl(): [Search, (change: Search, replace?: boolean) => void] {
  const search = useSearch({ strict: false }) as Search;
  const navigate = useNavigate();
  const set = useCallback(
    (change: Search, replace = false) => {
      void navigate({
        to: ".",
        replace,
        search: ((old: Search) => Object.fromEntries(Object.entries({ ...old, ...change }).filter(([, v]) => v))) as never,
      });
    },
    [navigate],
  );
  return [search, set];
}
