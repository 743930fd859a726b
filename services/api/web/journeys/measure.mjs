// Measures what the application promises, one JSON line a figure; exit 1 when one is not kept. On an idle machine:
//   npm run measure        PRICEWIRE and CHROMIUM name the programs
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

const here = new URL("../", import.meta.url).pathname;
const program = process.env.PRICEWIRE ?? join(here, "../../../bin/pricewire");
const data = mkdtempSync(join(tmpdir(), "pricewire-measure-"));
let kept = true;

function figure(name, value, unit, limit, atLeast = false) {
  const ok = atLeast ? value >= limit : value <= limit;
  kept &&= ok;
  console.log(JSON.stringify({ name, value: Math.round(value * 10) / 10, unit, limit, ok }));
}

const child = spawn(
  program,
  [
    "up",
    "--data",
    data,
    "--http",
    "127.0.0.1:0",
    "--nats",
    "127.0.0.1:0",
    "--clickhouse",
    "127.0.0.1:0",
    "--source",
    "none",
    "--clock-start",
    "2026-11-10",
    "--clock-rate",
    "1",
  ],
  { stdio: "ignore" },
);
const base = await (async () => {
  for (;;) {
    try {
      return JSON.parse(readFileSync(join(data, "endpoints.json"), "utf8")).http;
    } catch {
      await new Promise((r) => setTimeout(r, 100));
    }
  }
})();

async function ask(method, path, body) {
  const response = await fetch(base + path, {
    method,
    headers: { "X-Pricewire-User": "dora", "Content-Type": "application/octet-stream" },
    body,
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`);
  return answer;
}

/** A list of n lines, each in its own SKU. */
function list(n, factor) {
  const rows = [
    "ProductTitle,ProductId,SkuId,SkuTitle,Publisher,SkuDescription,UnitOfMeasure,TermDuration,BillingPlan,Market,Currency,UnitPrice,EffectiveStartDate,EffectiveEndDate,Tags,ERP Price,Segment",
  ];
  for (let i = 0; i < n; i++) {
    const product = `CFQ7TTC${(i >> 4).toString(36).toUpperCase().padStart(5, "0")}`;
    const price = ((1000 + (i % 997)) * factor) / 100;
    rows.push(
      `Plan ${i >> 4},${product},${(i & 15).toString().padStart(4, "0")},Plan ${i >> 4} Edition ${i & 15},Contoso,,,P1Y,Annual,US,USD,${price.toFixed(2)},2026-11-01T00:00:00Z,9999-11-30T23:59:59Z,License,${(price * 1.25).toFixed(2)},Commercial`,
    );
  }
  return rows.join("\n");
}

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
try {
  // What the first view loads, as it goes over the wire.
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 } });
  const page = await context.newPage();
  const sizes = new Map();
  page.on("response", async (r) => {
    if (/\.js$/.test(new URL(r.url()).pathname)) sizes.set(r.url(), Number(r.headers()["content-length"] ?? 0));
  });
  const views = [];
  for (let round = 0; round < 5; round++) {
    const fresh = await browser.newContext({ viewport: { width: 1280, height: 860 } });
    const view = round === 0 ? page : await fresh.newPage();
    const begun = performance.now();
    await view.goto(`${base}/releases`, { waitUntil: "commit" });
    await view.getByRole("link", { name: "Upload a list" }).first().waitFor();
    views.push(performance.now() - begun);
    await fresh.close();
  }
  figure("first_view_javascript", [...sizes.values()].reduce((a, b) => a + b, 0) / 1000, "kB", 250);
  figure("first_view_interactive", views.sort((a, b) => a - b)[2], "ms", 1000);

  // A diff of 100,000 lines.
  const one = await ask("POST", "/v1/releases?list=license&market=US&effective=2026-12-01&filename=a.csv", list(100_000, 1));
  await fetch(`${base}/v1/releases/${one.id}/submit`, {
    method: "POST",
    headers: { "X-Pricewire-User": "dora", "Content-Type": "application/json" },
    body: "{}",
  });
  await fetch(`${base}/v1/releases/${one.id}/approve`, {
    method: "POST",
    headers: { "X-Pricewire-User": "erik", "Content-Type": "application/json" },
    body: JSON.stringify({ short_notice: "measured" }),
  });
  const two = await ask("POST", "/v1/releases?list=license&market=US&effective=2027-01-01&filename=b.csv", list(100_000, 1.07));
  const asked = performance.now();
  await (await fetch(`${base}/v1/releases/${two.id}/changes`)).arrayBuffer();
  console.log(JSON.stringify({ name: "diff_answer", value: Math.round(performance.now() - asked), unit: "ms" }));
  await page.goto(`${base}/releases/${two.id}`);
  await page.getByRole("link", { name: "Review the changes" }).waitFor();
  const opening = performance.now();
  await page.getByRole("link", { name: "Review the changes" }).click();
  await page.locator(".scroll.long tbody tr").nth(5).waitFor();
  figure("diff_100000_opens", performance.now() - opening, "ms", 1000);
  const frames = await page.evaluate(async () => {
    const box = document.querySelector(".scroll.long");
    const times = [];
    await new Promise((done) => {
      let n = 0;
      const frame = (t) => {
        times.push(t);
        box.scrollTop += 400;
        if (++n < 240) requestAnimationFrame(frame);
        else done();
      };
      requestAnimationFrame(frame);
    });
    return ((times.length - 1) * 1000) / (times.at(-1) - times[0]);
  });
  figure("diff_100000_scrolls", frames, "frames/s", 50, true);

  // A chart of 10,000 points: what is believed of 10,000 periods, drawn.
  const periods = Array.from({ length: 10_000 }, (_, i) => ({
    known_at: new Date(Date.UTC(2024, 0, 1) + i * 3_600_000).toISOString(),
    valid_from: new Date(Date.UTC(2024, 0, 1) + i * 3_600_000).toISOString(),
    valid_to: null,
    price: (1 + (i % 97) / 100).toFixed(2),
    effective_from: null,
    kind: "price_changed",
  }));
  await page.route("**/v1/rates/history*", (route) => route.fulfill({ json: { changes: [], periods } }));
  await page.goto(`${base}/rates/meter?meter=m&sku=s&type=Consumption&tier=0&currency=USD`);
  const drawn = await page.waitForFunction(() => performance.getEntriesByName("chart").at(-1)?.duration);
  figure("chart_10000_points", await drawn.jsonValue(), "ms", 100);
} finally {
  await browser.close();
  child.kill("SIGTERM");
  await new Promise((r) => child.once("exit", r));
  rmSync(data, { recursive: true, force: true });
}
process.exitCode = kept ? 0 : 1;
