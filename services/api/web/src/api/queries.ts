import { QueryClient, queryOptions } from "@tanstack/react-query";
import { answer, answerAs, answered, api, Problem } from "./client.ts";
import { live } from "./live.ts";

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      retry: (count, error) => count < 2 && (!(error instanceof Problem) || error.status === 503),
      retryDelay: (n) => 400 * 2 ** n,
    },
  },
});

/** What an event makes old, by the beginning of its type. */
const touched: [string, string[]][] = [
  ["pricewire.release.", ["releases", "calendar", "prices", "items", "status"]],
  ["pricewire.price.", ["prices"]],
  ["pricewire.item.", ["items"]],
  ["pricewire.crawl.", ["crawls", "rates", "status"]],
  ["pricewire.source.", ["status"]],
];

/** Lets what is shown follow the events; many at once ask once. The tables may be a moment behind the stream, so it is asked a moment later. */
export function followEvents(client: QueryClient): () => void {
  const due = new Set<string>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  return live.onEvent((event) => {
    for (const [prefix, keys] of touched) if (event.type.startsWith(prefix)) for (const key of keys) due.add(key);
    if (due.size === 0 || timer) return;
    timer = setTimeout(() => {
      timer = undefined;
      for (const key of due) void client.invalidateQueries({ queryKey: [key] });
      due.clear();
    }, 700);
  });
}

export const status = queryOptions({
  queryKey: ["status"],
  queryFn: () => answer(api.GET("/v1/status")),
  refetchInterval: (query) => (query.state.data?.simulated ? 3_000 : 10_000),
});

export const calendar = queryOptions({
  queryKey: ["calendar"],
  queryFn: () => answerAs<"PageOfMonthView">(api.GET("/v1/calendar", {})),
  refetchInterval: 20_000,
});

export const releases = queryOptions({
  queryKey: ["releases", "all"],
  queryFn: () => answer(api.GET("/v1/releases", { params: { query: { limit: 10000 } } })),
  refetchInterval: 20_000,
});

export const release = (id: string) =>
  queryOptions({
    queryKey: ["releases", "one", id],
    queryFn: async () => {
      const { data, response } = await answered(api.GET("/v1/releases/{id}", { params: { path: { id } } }));
      return { release: data, etag: response.headers.get("ETag") ?? "" };
    },
    refetchInterval: 10_000,
  });

export const releaseLog = (id: string) =>
  queryOptions({
    queryKey: ["releases", "log", id],
    queryFn: () => answer(api.GET("/v1/releases/{id}/log", { params: { path: { id } } })),
    refetchInterval: 10_000,
  });

/** What a release of prices changes. It is asked for as soon as the release is looked at, because its review comes next. */
export const changes = (id: string, against?: string) =>
  queryOptions({
    queryKey: ["releases", "changes", id, against ?? ""],
    queryFn: () => answer(api.GET("/v1/releases/{id}/changes", { params: { path: { id }, query: { against } } })),
    staleTime: 60_000,
    structuralSharing: false, // comparing a hundred thousand lines with what was there before costs more than showing them
  });
