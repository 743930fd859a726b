import { useQuery } from "@tanstack/react-query";
import { address, answer, api } from "../../api/client.ts";
import { commandLine } from "../../logic/commands.ts";
import { CopyAs, curl } from "../../parts/copy.tsx";
import { Card, Facts, Field, Page, Typed } from "../../parts/page.tsx";
import { Empty, Show } from "../../parts/states.tsx";
import { type Column, Table } from "../../parts/table.tsx";
import { useUrl } from "../../parts/url.ts";
import { useText } from "../../text/index.tsx";
import { ReleaseLink } from "../releases/release.tsx";

type Item = Record<string, string>;
interface Items {
  items: Item[];
  next: string | null;
}

function useItems(list: "services" | "documents", at: string | undefined) {
  return useQuery({
    queryKey: ["items", list, at],
    queryFn: () => answer(api.GET(`/v1/${list}`, { params: { query: { at, limit: 10000 } } })) as unknown as Promise<Items>,
  });
}

const has = (item: Item, q: string) => {
  const text = Object.values(item).join(" ").toLowerCase();
  return q
    .toLowerCase()
    .split(/\s+/)
    .every((w) => text.includes(w));
};

function Filters({ at }: { at: string }) {
  const { t } = useText();
  const [url, set] = useUrl();
  return (
    <div className="filters">
      <Field label={t("find")} grow>
        <Typed value={url["q"] ?? ""} onChange={(q) => set({ q }, true)} />
      </Field>
      <Field label={t("validAt")} hint={t("validAt.hint")}>
        <input type="date" value={at} onChange={(e) => set({ at: e.target.value }, true)} />
      </Field>
    </div>
  );
}

/** The Azure services that are sold, and what usage records and rates call them. */
export function ServicesPage() {
  const { t } = useText();
  const [url] = useUrl();
  const query = useItems("services", url["at"]);
  const columns: Column<Item>[] = [
    { id: "service", head: t("service"), width: 16, cell: (i) => i["service"] },
    { id: "category", head: t("category"), width: 12, cell: (i) => [i["category"], i["subcategory"]].filter(Boolean).join(" · ") },
    { id: "publisher", head: t("publisher"), width: 10, cell: (i) => i["publisher"] },
    { id: "usage", head: t("usageNames"), width: 20, cell: (i) => <code>{i["usage_names"]}</code> },
    { id: "release", head: t("release"), width: 15, cell: (i) => i["release"] && <ReleaseLink id={i["release"]} /> },
  ];
  return (
    <Page
      title={t("nav.services")}
      lead={t("services.lead")}
      actions={
        <>
          <CopyAs
            ways={{
              cli: commandLine(["service", "list"], { at: url["at"] }),
              curl: curl("/v1/services", { at: url["at"] }),
              sql: "SELECT * FROM services",
            }}
          />
          <a className="button" href={address("/v1/services", { at: url["at"], format: "csv" })} download>
            {t("download")} CSV
          </a>
        </>
      }
    >
      <Filters at={(url["at"] ?? "").slice(0, 10)} />
      <Show query={query}>
        {(page) => (
          <Table
            label={t("nav.services")}
            columns={columns}
            rows={page.items.filter((i) => has(i, url["q"] ?? ""))}
            rowKey={(i) => i["key"]!}
            empty={
              <Empty title={t("nothing")}>
                <p>{t("items.empty")}</p>
              </Empty>
            }
          />
        )}
      </Show>
    </Page>
  );
}

/** Documents of the programme, and the one that applies in a market. */
export function DocumentsPage() {
  const { t } = useText();
  const [url, set] = useUrl();
  const query = useItems("documents", url["at"]);
  const kinds = [...new Set((query.data?.items ?? []).map((i) => i["kind"]!))].sort();
  const kind = url["kind"] ?? kinds[0] ?? "";
  const market = url["market"] ?? "";
  const applies = useQuery({
    queryKey: ["items", "applies", kind, market, url["at"]],
    queryFn: () =>
      answer(api.GET("/v1/documents/resolve", { params: { query: { kind, market, at: url["at"] } } })) as unknown as Promise<Item>,
    enabled: kind !== "" && market.length === 2,
    retry: false,
  });
  const columns: Column<Item>[] = [
    { id: "kind", head: t("kind"), width: 13, cell: (i) => i["kind"] },
    {
      id: "title",
      head: t("title"),
      width: 22,
      title: (i) => i["title"] ?? "",
      cell: (i) => <span lang={i["language"]}>{i["title"]}</span>,
    },
    { id: "version", head: t("version"), width: 7, cell: (i) => i["version"] },
    { id: "language", head: t("language"), width: 7, cell: (i) => i["language"] },
    { id: "markets", head: t("markets"), width: 14, title: (i) => i["markets"] ?? "", cell: (i) => i["markets"] || t("everywhere") },
    { id: "get", head: t("get"), width: 12, cell: (i) => <Get item={i} /> },
    { id: "release", head: t("release"), width: 15, cell: (i) => i["release"] && <ReleaseLink id={i["release"]} /> },
  ];
  return (
    <Page
      title={t("nav.documents")}
      lead={t("documents.lead")}
      actions={
        <CopyAs
          ways={{
            cli: commandLine(["document", "get", kind || "customer-agreement"], { market }),
            curl: curl("/v1/documents", { at: url["at"] }),
            sql: "SELECT * FROM documents",
          }}
        />
      }
    >
      <Card title={t("documents.applies")}>
        <div className="filters">
          <Field label={t("kind")}>
            <select value={kind} onChange={(e) => set({ kind: e.target.value })}>
              {kinds.map((k) => (
                <option key={k}>{k}</option>
              ))}
            </select>
          </Field>
          <Field label={t("market")} hint={t("documents.market")}>
            <input value={market} maxLength={2} onChange={(e) => set({ market: e.target.value.toUpperCase() }, true)} placeholder="JP" />
          </Field>
        </div>
        {applies.isFetched && (
          <Show query={applies}>
            {(d) => (
              <Facts
                facts={[
                  [
                    t("title"),
                    <span key="t" lang={d["language"]}>
                      {d["title"]}
                    </span>,
                  ],
                  [t("version"), d["version"]],
                  [t("language"), d["language"]],
                  [t("markets"), d["markets"] || t("everywhere")],
                  [t("get"), <Get key="g" item={d} />],
                ]}
              />
            )}
          </Show>
        )}
      </Card>
      <Filters at={(url["at"] ?? "").slice(0, 10)} />
      <Show query={query}>
        {(page) => (
          <Table
            label={t("nav.documents")}
            columns={columns}
            rows={page.items.filter((i) => has(i, url["q"] ?? ""))}
            rowKey={(i) => i["key"]!}
            empty={
              <Empty title={t("nothing")}>
                <p>{t("items.empty")}</p>
              </Empty>
            }
          />
        )}
      </Show>
    </Page>
  );
}

/** A file of the document, or a link to it. Links lead away from this machine, so they are followed only by who presses them. */
function Get({ item }: { item: Item }) {
  const { t } = useText();
  if (item["sha256"]) {
    return (
      <a href={`/v1/documents/files/${item["sha256"]}`} download={item["file"]}>
        {item["file"] || t("file")}
      </a>
    );
  }
  return /^https?:/.test(item["link"] ?? "") ? (
    <a href={item["link"]} rel="noreferrer noopener" target="_blank">
      {t("link")} ↗
    </a>
  ) : null;
}
