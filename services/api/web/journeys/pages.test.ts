import { AxeBuilder } from "@axe-core/playwright";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launch, open, Server, sheet, shot, until } from "./harness.ts";

const begins = "2026-11-10";
const server = new Server();
let browser: Browser;
let pages: [name: string, path: string][];

interface Items {
  items: Record<string, string>[];
}

beforeAll(async () => {
  await server.start(begins, 1, "sample");
  const price = await until(
    "the sample's prices are public",
    async () => (await server.ask<Items>("GET", "/v1/prices?market=NZ&limit=1")).items[0],
  );
  const rate = await until("the sample's rates are known", async () => (await server.ask<Items>("GET", "/v1/rates?limit=1")).items[0]);
  const made = await server.ask<{ id: string }>(
    "POST",
    "/v1/releases?list=license&market=US&effective=2027-01-01&filename=list.csv",
    "dora",
    sheet("2027-01"),
  );
  const line = new URLSearchParams(
    Object.fromEntries(["market", "product", "sku", "term", "billing", "currency", "tier"].map((n) => [n, price[n]!])),
  );
  const meter = new URLSearchParams({
    meter: rate["meter_id"]!,
    sku: rate["sku_id"]!,
    type: rate["type"]!,
    tier: rate["tier"]!,
    currency: rate["currency"]!,
  });
  pages = [
    ["calendar", "/releases"],
    ["releases", "/releases/list"],
    ["upload", "/releases/new"],
    ["release", `/releases/${made.id}`],
    ["diff", `/releases/${made.id}/diff`],
    ["correct", "/releases/license-nz-2026-11-r1/correct"],
    ["prices", "/prices"],
    ["price", `/prices/line?${line}`],
    ["compare", "/prices/compare?b_at=2026-12-05"],
    ["rates", "/rates"],
    ["meter", `/rates/meter?${meter}`],
    ["changes", "/rates/changes"],
    ["movers", "/rates/movers"],
    ["expiring", "/rates/expiring"],
    ["corrections", "/rates/corrections"],
    ["offers", "/offers"],
    ["services", "/services"],
    ["documents", "/documents?market=JP"],
    ["stream", "/live"],
    ["crawls", "/live/crawls"],
    ["rejects", "/live/rejects"],
    ["health", "/live/health"],
    ["missing", "/no-such-page"],
  ];
  browser = await launch();
});
afterAll(async () => {
  await browser?.close();
  await server.remove();
});

const settled = (page: import("playwright-core").Page) =>
  until("nothing is loading", async () => (await page.locator("h1, .empty").count()) > 0 && (await page.locator(".loading").count()) === 0);

describe("every page", () => {
  for (const language of ["en", "fr"]) {
    it(`can be used by everybody, in ${language}, light and dark`, async () => {
      const { page, context, wrong } = await open(browser, server, { language, actor: "alice" });
      const found: string[] = [];
      for (const [name, path] of pages) {
        await page.goto(server.url + path);
        await settled(page);
        for (const theme of ["light", "dark"]) {
          await page.evaluate((t) => {
            document.documentElement.dataset["theme"] = t;
            dispatchEvent(new Event("theme"));
          }, theme);
          const axe = new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]);
          const result = await (theme === "dark" ? axe.withRules(["color-contrast"]) : axe).analyze();
          for (const v of result.violations)
            found.push(`${name} ${theme}: ${v.id}: ${v.nodes.map((n) => n.html.slice(0, 160)).join(" | ")}`);
          await shot(page, `${name}-1280-${theme}-${language}`);
        }
      }
      expect(found).toEqual([]);
      expect(wrong).toEqual([]);
      await context.close();
    });
  }

  for (const [width, height] of [
    [360, 780],
    [2560, 1300],
  ] as const) {
    it(`fits a screen of ${width} pixels`, async () => {
      const { page, context } = await open(browser, server, { width, height, theme: width === 360 ? "dark" : "light", actor: "alice" });
      const wide: string[] = [];
      for (const [name, path] of pages) {
        await page.goto(server.url + path);
        await settled(page);
        const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        if (over > 0) wide.push(`${name} by ${over}`);
        await shot(page, `${name}-${width}`);
      }
      expect(wide).toEqual([]);
      await context.close();
    });
  }
});

describe("dialogs and menus", () => {
  it("can be used by everybody, and give the focus back", async () => {
    const { page, context } = await open(browser, server, { actor: "alice" });
    await page.goto(`${server.url}/releases`);
    await settled(page);
    await page.keyboard.press("?");
    await page.getByRole("dialog").waitFor();
    expect((await new AxeBuilder({ page }).include("[role=dialog]").analyze()).violations.map((v) => v.id)).toEqual([]);
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    const menu = page.getByRole("button", { name: "Copy as" });
    await menu.click();
    await page.getByRole("menuitem", { name: "curl" }).waitFor();
    expect((await new AxeBuilder({ page }).include("[role=menu]").analyze()).violations.map((v) => v.id)).toEqual([]);
    await page.keyboard.press("Escape");
    await until("the focus is back", async () => menu.evaluate((e) => e === document.activeElement));
    await page.keyboard.press("g");
    await page.keyboard.press("u");
    await page.waitForURL("**/rates");
    await settled(page);
    await page.keyboard.press("/");
    expect(await page.evaluate(() => document.activeElement?.getAttribute("type"))).toBe("search");
    await context.close();
  });
});
