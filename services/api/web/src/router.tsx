import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from "@tanstack/react-router";
import { parseSearch, writeSearch } from "./parts/url.ts";
import { Missing, Shell } from "./shell.tsx";

const root = createRootRoute({ component: Shell, notFoundComponent: Missing });

const page = <P extends string>(path: P, load: () => Promise<Record<string, unknown>>, name: string) =>
  createRoute({ getParentRoute: () => root, path, component: lazyRouteComponent(load as never, name as never) });

const home = createRoute({
  getParentRoute: () => root,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/releases", replace: true });
  },
});

const routes = [
  home,
  page("/releases", () => import("./pages/releases/calendar.tsx"), "CalendarPage"),
  page("/releases/list", () => import("./pages/releases/list.tsx"), "ListPage"),
  page("/releases/new", () => import("./pages/releases/upload.tsx"), "UploadPage"),
  page("/releases/$id", () => import("./pages/releases/release.tsx"), "ReleasePage"),
  page("/releases/$id/diff", () => import("./pages/releases/diff.tsx"), "DiffPage"),
  page("/releases/$id/correct", () => import("./pages/releases/upload.tsx"), "CorrectPage"),
  page("/prices", () => import("./pages/prices/list.tsx"), "PricesPage"),
  page("/prices/line", () => import("./pages/prices/line.tsx"), "LinePage"),
  page("/prices/compare", () => import("./pages/prices/compare.tsx"), "ComparePage"),
  page("/rates", () => import("./pages/rates/explore.tsx"), "ExplorePage"),
  page("/rates/meter", () => import("./pages/rates/meter.tsx"), "MeterPage"),
  page("/rates/changes", () => import("./pages/rates/diffs.tsx"), "ChangesPage"),
  page("/rates/movers", () => import("./pages/rates/diffs.tsx"), "MoversPage"),
  page("/rates/expiring", () => import("./pages/rates/diffs.tsx"), "ExpiringPage"),
  page("/rates/corrections", () => import("./pages/rates/diffs.tsx"), "CorrectionsPage"),
  page("/offers", () => import("./pages/lists/offers.tsx"), "OffersPage"),
  page("/services", () => import("./pages/lists/items.tsx"), "ServicesPage"),
  page("/documents", () => import("./pages/lists/items.tsx"), "DocumentsPage"),
  page("/live", () => import("./pages/live/stream.tsx"), "StreamPage"),
  page("/live/crawls", () => import("./pages/live/crawls.tsx"), "CrawlsPage"),
  page("/live/rejects", () => import("./pages/live/health.tsx"), "RejectsPage"),
  page("/live/health", () => import("./pages/live/health.tsx"), "HealthPage"),
];

export const router = createRouter({
  routeTree: root.addChildren(routes),
  defaultPreload: "intent",
  defaultPreloadStaleTime: 0,
  scrollRestoration: true,
  parseSearch,
  stringifySearch: writeSearch,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
