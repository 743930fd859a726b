import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { actAs, launch, open, Server, sheet, shot, until } from "./harness.ts";

const begins = "2026-11-10";
const slow = 1;
const fast = 400_000;
const id = "license-us-2027-01-r1";
const server = new Server();
let browser: Browser;
let page: Page;
let wrong: string[];

interface Line {
  product: string;
  sku: string;
  term: string;
  billing: string;
  before: string;
  after: string;
}
let moved: Line;

beforeAll(async () => {
  await server.start(begins, slow);
  // What is in force before: December's list, approved late.
  const made = await server.ask<{ id: string }>(
    "POST",
    "/v1/releases?list=license&market=US&effective=2026-12-01&filename=december.csv",
    "dora",
    sheet("2026-12"),
  );
  await server.ask("POST", `/v1/releases/${made.id}/submit`, "dora", {});
  await server.ask("POST", `/v1/releases/${made.id}/approve`, "erik", { short_notice: "the first list" });
  browser = await launch();
  ({ page, wrong } = await open(browser, server));
});
afterAll(async () => {
  await browser?.close();
  await server.remove();
});

const choose = (name: string, text: string) =>
  page.locator("input[type=file]").setInputFiles({ name, mimeType: "text/csv", buffer: Buffer.from(text) });
const state = (name: string) => page.locator(".life [aria-current]", { hasText: name }).waitFor();
const tile = (name: string) => page.locator(".tile", { hasText: name }).locator("b");

/** Moves on by keys alone to a button, and presses it. */
async function press(name: string): Promise<void> {
  for (let i = 0; i < 80; i++) {
    await page.keyboard.press("Tab");
    const focused = await page.evaluate(() => document.activeElement?.textContent?.trim() ?? "");
    if (focused === name) return page.keyboard.press("Enter");
  }
  throw new Error(`no way by Tab to ${name}`);
}

const lineUrl = (l: Line) =>
  `${server.url}/prices/line?${new URLSearchParams({ market: "US", product: l.product, sku: l.sku, term: l.term, billing: l.billing, currency: "USD", tier: "0" })}`;

describe("a price list", () => {
  it("that is wrong is refused by row and column, and made once it is mended", async () => {
    await page.goto(`${server.url}/releases`);
    await actAs(page, "alice");
    await page.getByRole("link", { name: "Upload a list" }).click();
    await page.getByLabel("Market").fill("us");
    await page.getByLabel("Effective").fill("2027-01-01");
    const good = sheet("2027-01");
    await choose("january.csv", good.replace(/,USD,[\d.]+,/, ",USD,forty,"));
    await page.getByText("1 error: mend it and choose the file again").waitFor();
    const problem = page.getByRole("region", { name: "Problems" }).last().locator("tbody tr").first();
    expect(await problem.innerText()).toMatch(/error\s+2\s+UnitPrice\s+forty/);
    expect(await page.getByRole("button", { name: "Make a draft" }).isDisabled()).toBe(true);
    await shot(page, "journey-upload-bad");
    await choose("january.csv", good);
    await page.getByText(/No errors/).waitFor();
    for (const box of await page.locator("input[type=checkbox]").all()) await box.check();
    await page.getByRole("button", { name: "Make a draft" }).click();
    await page.waitForURL(`**/releases/${id}`);
    await state("Draft");
  });

  it("is reviewed line by line, the biggest moves first", async () => {
    await page.getByRole("link", { name: "Review the changes" }).click();
    await page.getByText("Compared with license-us-2026-12-r1").waitFor();
    await page.getByRole("button", { name: /Price changed/ }).click();
    const first = page.getByRole("region", { name: "Changed lines" }).locator("tbody tr:not([aria-hidden])").first();
    expect(await first.innerText()).toContain("Price changed");
    await shot(page, "journey-diff");
    const changes = await server.ask<{ lines: Record<string, string[]> }>("GET", `/v1/releases/${id}/changes`);
    const l = changes.lines;
    const place = l["change"]!.indexOf("price_changed");
    moved = {
      product: l["product"]![place]!,
      sku: l["sku"]![place]!,
      term: l["term"]![place]!,
      billing: l["billing"]![place]!,
      before: l["unit_before"]![place]!,
      after: l["unit_after"]![place]!,
    };
    await page.getByRole("link", { name: "Back to the release" }).click();
  });

  it("is handed in, and its author may not approve it", async () => {
    await page.getByRole("button", { name: "Hand in for review" }).click();
    await page.getByText("Somebody else must approve it").waitFor();
    await page.getByRole("dialog").getByRole("button", { name: "Hand in for review" }).click();
    await state("In review");
    await page.getByText("You made it: somebody else must approve").waitFor();
    expect(await page.getByRole("button", { name: "Approve" }).isDisabled()).toBe(true);
  });

  it("is approved by another person with the keyboard alone, who is told what follows", async () => {
    await page.keyboard.press("Home");
    await press("Acting as alice");
    await page.getByRole("dialog").waitFor();
    await page.keyboard.press("Control+A");
    await page.keyboard.type("bob");
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await press("Approve");
    const dialog = page.getByRole("dialog");
    await dialog.getByText("It becomes public by itself on 2 Dec 2026").waitFor();
    await dialog.getByText("Customers have 30 days of notice").waitFor();
    await shot(page, "journey-approve");
    await press("Approve");
    await state("Approved");
  });

  it("goes public thirty days ahead by itself, through a restart, and takes effect on its day", async () => {
    const other = await page.context().newPage();
    await other.goto(lineUrl(moved));
    const now = other.locator(".tile", { hasText: "Now" }).locator("b");
    await until(
      "the old price is shown",
      async () => (await now.innerText()).includes(moved.before) || (await now.innerText()) === "no price",
    );
    await server.start(begins, fast);
    await state("Published");
    const release = await server.ask<{ published_at: string; notice: { days: number; short: boolean } }>("GET", `/v1/releases/${id}`);
    expect([release.published_at, release.notice.days, release.notice.short]).toEqual(["2026-12-02T00:00:00Z", 30, false]);
    await state("Effective");
    await server.start(begins, slow);
    await until("the open page shows the new price by itself", async () =>
      (await now.innerText()).replaceAll(",", "").includes(moved.after),
    );
    await shot(other, "journey-price");
    await other.close();
  });

  it("is corrected, with the full life again", async () => {
    await page.goto(`${server.url}/releases/${id}/correct`);
    await actAs(page, "alice");
    const csv = await (await fetch(`${server.url}/v1/releases/${id}/export?format=csv`)).text();
    const lines = csv.split("\n");
    const place = lines.findIndex(
      (l) => l.includes(`,${moved.product},`) && l.includes(`,${moved.term},${moved.billing},`) && l.includes(`,USD,${moved.after},`),
    );
    lines[place] = lines[place]!.replace(`,USD,${moved.after},`, ",USD,1.23,");
    await choose("mended.csv", lines.join("\n"));
    await page.getByLabel("Reason").fill("one price was of another product");
    await page.getByText(/No errors/).waitFor();
    for (const box of await page.locator("section[aria-label='Responsibility for warnings'] input[type=checkbox]").all()) await box.check();
    await page.getByText("It becomes revision 2 of its month").waitFor();
    await page.getByRole("button", { name: "Make a draft" }).click();
    await page.waitForURL("**/releases/license-us-2027-01-r2");
    await page.getByRole("button", { name: "Hand in for review" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Hand in for review" }).click();
    await state("In review");
    await actAs(page, "bob");
    await page.getByRole("button", { name: "Approve" }).click();
    await page.getByText("It takes effect when it is published").waitFor();
    for (const box of await page.getByRole("dialog").locator("input[type=checkbox]").all()) await box.check();
    await page.getByRole("dialog").getByRole("button", { name: "Approve" }).click();
    await state("Effective");
    await page.goto(lineUrl(moved));
    await until("the mended price answers", async () => (await tile("Now").innerText()).includes("1.23"));
  });

  it("loses a line that is withdrawn, which falls back to the list before", async () => {
    await page.goto(`${server.url}/releases/license-us-2027-01-r2`);
    await actAs(page, "carol");
    await page.getByRole("button", { name: "Withdraw" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("The withdrawal is public, with your reason").waitFor();
    const selection = `ProductId,SkuId,TermDuration,BillingPlan\n${moved.product},${moved.sku},${moved.term},${moved.billing}\n`;
    await dialog.locator("input[type=file]").setInputFiles({ name: "line.csv", mimeType: "text/csv", buffer: Buffer.from(selection) });
    await dialog.getByLabel("Reason").fill("it was right after all");
    await shot(page, "journey-withdraw");
    await dialog.getByRole("button", { name: "Withdraw" }).click();
    await page.getByRole("region", { name: "Taken back" }).getByText("1 line").waitFor();
    await page.goto(lineUrl(moved));
    await until("the price falls back", async () => (await tile("Now").innerText()).replaceAll(",", "").includes(moved.after));
  });

  it("was handled without an error in the page and without a request that left the machine", () => {
    expect(wrong).toEqual([]);
  });
});
