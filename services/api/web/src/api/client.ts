import createClient, { type Middleware } from "openapi-fetch";
import { actor } from "./actor.ts";
import type { components, paths } from "./schema.d.ts";

export type Schemas = components["schemas"];
export type Release = Schemas["ReleaseView"];
export type Month = Schemas["MonthView"];
export type Price = Schemas["PriceView"];
export type Rate = Schemas["RateView"];
export type Crawl = Schemas["CrawlView"];
export type Status = Schemas["StatusView"];
export type SheetProblem = Schemas["ProblemView"];

/** What the server answers instead, as RFC 9457 has it: what happened, what to do, and every place that is wrong. */
export class Problem extends Error {
  readonly status: number;
  readonly kind: string;
  readonly hint: string;
  readonly places: { location: string; message: string }[];

  constructor(
    status: number,
    body: Partial<{ type: string; title: string; detail: string; hint: string; errors: { location: string; message: string }[] | null }>,
  ) {
    super(body.detail ?? body.title ?? `HTTP ${status}`);
    this.name = "Problem";
    this.status = status;
    this.kind = body.type?.split("/").at(-1) ?? "";
    this.hint = body.hint ?? "";
    this.places = body.errors ?? [];
  }
}

/** The server could not be reached at all. */
export class Unreachable extends Error {
  constructor() {
    super("unreachable");
    this.name = "Unreachable";
  }
}

const identified: Middleware = {
  onRequest({ request }) {
    for (const [name, value] of Object.entries(actor.headers())) request.headers.set(name, value);
    return request;
  },
};

export const api = createClient<paths>({
  baseUrl: "/",
  querySerializer: (query) => {
    const params = new URLSearchParams();
    for (const [name, value] of Object.entries(query ?? {}))
      if (value !== undefined && value !== null && value !== "") params.set(name, String(value));
    return params.toString();
  },
});
api.use(identified);

type Answered<T> = Promise<{ data?: T; error?: unknown; response: Response }>;

/** The answer, or a Problem thrown. */
export async function answer<T>(asked: Answered<T>): Promise<T> {
  return (await answered(asked)).data;
}

/** The answer of an operation that can also answer with a file, of which the description tells too little. */
export function answerAs<K extends keyof Schemas>(asked: Answered<unknown>): Promise<Schemas[K]> {
  return answer(asked) as Promise<Schemas[K]>;
}

/** The answer and its headers. */
export async function answered<T>(asked: Answered<T>): Promise<{ data: T; response: Response }> {
  const got = await asked.catch((e: unknown) => {
    if (e instanceof TypeError) throw new Unreachable();
    throw e;
  });
  if (got.error !== undefined || got.data === undefined) {
    throw new Problem(
      got.response.status,
      typeof got.error === "object" && got.error !== null ? got.error : { detail: String(got.error ?? got.response.statusText) },
    );
  }
  return { data: got.data, response: got.response };
}

/** Sends a file as it is: the body of an upload is its bytes. */
export async function upload<T>(
  path: string,
  query: Record<string, string | undefined>,
  body: Blob | undefined,
  headers: Record<string, string> = {},
): Promise<T> {
  const response = await fetch(address(path, query), {
    method: "POST",
    headers: { ...actor.headers(), ...(body ? { "Content-Type": "application/octet-stream" } : {}), ...headers },
    ...(body ? { body } : {}),
  }).catch(() => {
    throw new Unreachable();
  });
  const text = await response.text();
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new Problem(response.status, { detail: text || response.statusText });
  }
  if (!response.ok) throw new Problem(response.status, parsed as object);
  return parsed as T;
}

/** The address of a question, without what is empty. */
export function address(path: string, query: Record<string, string | number | boolean | undefined> = {}): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    if (value !== undefined && value !== "" && value !== false) params.set(name, String(value));
  const text = params.toString();
  return text ? `${path}?${text}` : path;
}

/** A list of the API, which may be null where there is nothing. */
export const all = <T>(items: readonly T[] | null | undefined): readonly T[] => items ?? [];
