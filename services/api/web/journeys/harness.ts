import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";

const root = new URL("../../../../", import.meta.url).pathname;
const program = process.env["PRICEWIRE"] ?? join(root, "bin/pricewire");
export const shots = new URL("../shots/", import.meta.url).pathname;
mkdirSync(shots, { recursive: true });

/** Waits until something is so; says what was not when it is not in time. */
export async function until<T>(what: string, ask: () => Promise<T | undefined | false>, seconds = 90): Promise<T> {
  const end = Date.now() + seconds * 1000;
  let last: unknown;
  for (;;) {
    try {
      const got = await ask();
      if (got !== undefined && got !== false) return got;
    } catch (e) {
      last = e;
    }
    if (Date.now() > end) throw new Error(`waited ${seconds} s for: ${what}${last ? ` (${String(last)})` : ""}`);
    await new Promise((r) => setTimeout(r, 100));
  }
}

/** A whole Pricewire of its own, in simulated time. */
export class Server {
  readonly data = mkdtempSync(join(tmpdir(), "pricewire-journey-"));
  url = "";
  #process: ChildProcess | undefined;
  #said = "";

  /** Starts it, or starts it again where it was, at another rate of time. */
  async start(clockStart: string, rate: number, source = "none"): Promise<void> {
    await this.stop();
    const http = this.url ? new URL(this.url).host : "127.0.0.1:0"; // the pages that are open look for it where it was
    const args = [
      "up",
      "--data",
      this.data,
      "--http",
      http,
      "--nats",
      "127.0.0.1:0",
      "--clickhouse",
      "127.0.0.1:0",
      "--clock-start",
      clockStart,
      "--clock-rate",
      String(rate),
      "--source",
      source,
    ];
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
    this.#process = child;
    this.#said = "";
    for (const out of [child.stdout, child.stderr]) out?.on("data", (d) => (this.#said = (this.#said + d).slice(-4000)));
    this.url = await until("the server is ready", async () => {
      if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}: ${this.#said}`);
      return (JSON.parse(readFileSync(join(this.data, "endpoints.json"), "utf8")) as { http: string }).http;
    });
  }

  async stop(): Promise<void> {
    const child = this.#process;
    if (!child || child.exitCode !== null) return;
    const gone = new Promise((r) => child.once("exit", r));
    child.kill("SIGTERM");
    await gone;
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.data, { recursive: true, force: true });
  }

  /** Asks the API, as somebody. */
  async ask<T>(method: string, path: string, as = "", body?: string | object): Promise<T> {
    const response = await fetch(this.url + path, {
      method,
      headers: {
        ...(as ? { "X-Pricewire-User": as } : {}),
        "Content-Type": typeof body === "string" ? "application/octet-stream" : "application/json",
      },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return JSON.parse(text) as T;
  }
}

/** A price list as partners get it. */
export function sheet(month: string, lines = 300): string {
  return execFileSync(program, ["sample", "list", "--month", month, "--lines", String(lines)], { encoding: "utf8", maxBuffer: 1 << 28 });
}

export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-dev-shm-usage"],
  });
}

/** A page in a language and a theme. Whatever goes wrong within it, and every request that leaves the machine, is kept in wrong. */
export async function open(
  browser: Browser,
  server: Server,
  how: { language?: string; theme?: string; actor?: string; width?: number; height?: number } = {},
): Promise<{ page: Page; context: BrowserContext; wrong: string[] }> {
  const context = await browser.newContext({ viewport: { width: how.width ?? 1280, height: how.height ?? 860 }, locale: "en-GB" });
  await context.addInitScript(
    ([language, theme, actor]) => {
      localStorage.setItem("language", language!);
      localStorage.setItem("theme", theme!);
      if (actor && !localStorage.getItem("actor")) localStorage.setItem("actor", actor);
    },
    [how.language ?? "en", how.theme ?? "light", how.actor ?? ""],
  );
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  const wrong: string[] = [];
  page.on("pageerror", (e) => wrong.push(String(e)));
  page.on("console", (m) => {
    if (m.type() === "error" && !/Failed to load resource|ERR_CONNECTION|ERR_INCOMPLETE|ERR_NETWORK|net::/.test(m.text()))
      wrong.push(m.text());
  });
  page.on("request", (r) => {
    if (!r.url().startsWith(server.url) && !/^(data|blob):/.test(r.url())) wrong.push(`a request to ${r.url()}`);
  });
  return { page, context, wrong };
}

/** Chooses who acts, as a person does. */
export async function actAs(page: Page, name: string): Promise<void> {
  await page.locator("button.actor").click();
  await page.getByLabel("Your name").fill(name);
  await page.getByRole("button", { name: "Act as this" }).click();
  await page.getByRole("dialog").waitFor({ state: "detached" });
}

export const shot = (page: Page, name: string) => page.screenshot({ path: join(shots, `${name}.png`) });
