import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launch, open, Server, sheet, shot, until } from "./harness.ts";

const begins = "2026-11-10";
const server = new Server();
let browser: Browser;

beforeAll(async () => {
  await server.start(begins, 1);
  browser = await launch();
});
afterAll(async () => {
  await browser?.close();
  await server.remove();
});

/** A rate of the Retail Prices API, observed on a day. */
async function observe(day: string, price: string, start: string, meter = "11111111-2222-4333-8444-555555555555"): Promise<void> {
  const row = {
    currencyCode: "USD",
    tierMinimumUnits: 0,
    retailPrice: 0,
    unitPrice: 0,
    armRegionName: "westeurope",
    location: "EU West",
    effectiveStartDate: `${start}T00:00:00Z`,
    meterId: meter,
    meterName: "E8as v5",
    productId: "DZH318Z0AAAA",
    skuId: "DZH318Z0AAAA/0001",
    productName: "Virtual Machines Easv5 Series",
    skuName: "E8as v5",
    serviceName: "Virtual Machines",
    serviceId: "DZH313Z7MMC8",
    serviceFamily: "Compute",
    unitOfMeasure: "1 Hour",
    type: "Consumption",
    isPrimaryMeterRegion: true,
    armSkuName: "Standard_E8as_v5",
  };
  const body = JSON.stringify([row]).replace('"retailPrice":0,"unitPrice":0', `"retailPrice":${price},"unitPrice":${price}`);
  await server.ask("POST", `/v1/observations?name=${day}.json&scope=journey&partial=true`, "", body);
}

describe("a meter", () => {
  it("is found by words, and shows what was believed while its corrections are dragged through", async () => {
    await observe("2026-08-01", "0.5", "2026-07-01");
    await observe("2026-09-01", "0.625", "2026-09-01");
    await observe("2026-10-15", "0.55", "2026-09-01"); // the same start at another price: a correction
    const { page, context, wrong } = await open(browser, server);
    await page.goto(`${server.url}/rates`);
    await page.keyboard.press("/");
    await page.keyboard.type("easv5 westeurope");
    await page.getByRole("link", { name: "E8as v5" }).click();
    const table = page.getByRole("region", { name: "Prices over time" }).last();
    await table.getByText("corrected").waitFor();
    expect(await table.innerText()).toMatch(/0\.50[\s\S]*0\.55/);
    expect(await table.innerText()).not.toContain("0.625");
    await page
      .getByRole("region", { name: "Corrections" })
      .or(page.locator(".tile", { hasText: "Corrections" }))
      .first()
      .waitFor();
    const slider = page.getByLabel("As known at");
    await slider.focus();
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("ArrowLeft");
    await table.getByText("0.625").waitFor();
    expect(page.url()).toContain("known_at=2026-09-01");
    await page.keyboard.press("ArrowLeft");
    await until("nothing of September was known", async () => !(await table.innerText()).includes("0.625"));
    await page.keyboard.press("End");
    await table.getByText("0.55").first().waitFor();
    await shot(page, "journey-meter");
    await context.close();
    expect(wrong).toEqual([]);
  });
});

describe("the stream", () => {
  it("goes on by itself through a restart of the server, and misses nothing", async () => {
    const { page, context, wrong } = await open(browser, server);
    await page.goto(`${server.url}/live`);
    await page.locator(".pulse.open").waitFor();
    await observe("2026-11-01", "0.7", "2026-11-01");
    const rows = page.getByRole("region", { name: "Events as they happen" }).locator("tbody tr");
    await rows.filter({ hasText: "price_changed" }).first().waitFor();
    await page.getByRole("button", { name: "Pause" }).click();
    await observe("2026-11-02", "0.8", "2026-11-02");
    await page.getByRole("button", { name: /Go on \([1-9]/ }).waitFor();
    expect(await rows.filter({ hasText: "price_changed" }).count()).toBe(1);
    await page.getByRole("button", { name: /Go on/ }).click();
    await until("both are shown", async () => (await rows.filter({ hasText: "price_changed" }).count()) === 2);
    await server.stop();
    await page.locator(".pulse.lost").waitFor();
    await server.start(begins, 1);
    await observe("2026-11-03", "0.9", "2026-11-03"); // perhaps before the page is back: it is resumed behind the last event
    await until("the third is shown", async () => (await rows.filter({ hasText: "price_changed" }).count()) === 3);
    await page.getByRole("combobox", { name: "Event" }).selectOption("crawl");
    await until(
      "only crawls are left",
      async () => (await rows.filter({ hasText: "price_changed" }).count()) === 0 && (await rows.count()) >= 3,
    );
    await shot(page, "journey-stream");
    await context.close();
    expect(wrong).toEqual([]);
  });

  it("is followed once for all tabs", async () => {
    const { page, context } = await open(browser, server);
    const other = await context.newPage();
    let asked = 0;
    for (const p of [page, other]) p.on("request", (r) => (asked += r.url().includes("/v1/events") ? 1 : 0));
    await page.goto(`${server.url}/releases/list`);
    await page.locator(".pulse.open").waitFor();
    await other.goto(`${server.url}/releases/list`);
    await other.locator(".pulse.open").waitFor();
    expect(asked).toBe(1);
    const made = await server.ask<{ id: string }>(
      "POST",
      "/v1/releases?list=license&market=US&effective=2026-12-01&filename=list.csv",
      "dora",
      sheet("2026-12", 50),
    );
    await server.ask("POST", `/v1/releases/${made.id}/submit`, "dora", {});
    await server.ask("POST", `/v1/releases/${made.id}/approve`, "erik", { short_notice: "the first list" });
    await until(
      "the other tab knows of it by itself",
      async () => (await other.getByRole("row", { name: new RegExp(`${made.id}.*Published`) }).count()) === 1,
    );
    await context.close();
  });
});
