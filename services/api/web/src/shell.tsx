import { useQuery } from "@tanstack/react-query";
import { Link, Outlet, useNavigate, useRouterState } from "@tanstack/react-router";
import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from "react";
import { actor } from "./api/actor.ts";
import { live } from "./api/live.ts";
import { status } from "./api/queries.ts";
import { Announcer } from "./parts/announce.tsx";
import { Ask } from "./parts/dialog.tsx";
import { Field, Page, useNow } from "./parts/page.tsx";
import { Empty, Loading } from "./parts/states.tsx";
import { applyTheme, type Theme, theme } from "./parts/theme.ts";
import { type Key, type Language, languages, useText } from "./text/index.tsx";

const places: { to: string; text: Key; key: string; icon: string }[] = [
  { to: "/releases", text: "nav.releases", key: "r", icon: "M4 5h16v15H4zM4 9h16M8 3v4M16 3v4" },
  { to: "/prices", text: "nav.prices", key: "p", icon: "M4 12 12 4h8v8l-8 8zM16 8h.01" },
  { to: "/rates", text: "nav.rates", key: "u", icon: "M4 19h4v-6h4V9h4V5h4" },
  { to: "/offers", text: "nav.offers", key: "o", icon: "M4 8l8-4 8 4v8l-8 4-8-4zM4 8l8 4 8-4M12 12v8" },
  { to: "/services", text: "nav.services", key: "s", icon: "M4 5h16v6H4zM4 13h16v6H4zM8 8h.01M8 16h.01" },
  { to: "/documents", text: "nav.documents", key: "d", icon: "M6 3h8l4 4v14H6zM14 3v4h4M9 12h6M9 16h6" },
  { to: "/live", text: "nav.live", key: "l", icon: "M3 12h4l3 7 4-14 3 7h4" },
];

/** Everything that stays while pages change. */
export function Shell() {
  const { t } = useText();
  const [open, setOpen] = useState(false);
  const [help, setHelp] = useState(false);
  const [acting, setActing] = useState(false);
  const showHelp = useCallback(() => setHelp(true), []);
  const main = useRef<HTMLElement>(null);
  const path = useRouterState({ select: (s) => s.location.pathname });
  // biome-ignore lint/correctness/useExhaustiveDependencies: another page closes the menu
  useEffect(() => setOpen(false), [path]);
  useShortcuts(showHelp);
  const pending = useQuery(status).isPending; // pages reckon with the server's time
  return (
    <div className="shell">
      <a className="skip" href="#main" onClick={() => main.current?.focus()}>
        {t("skip")}
      </a>
      <header className="topbar">
        <button
          type="button"
          className="plain burger"
          aria-expanded={open}
          aria-controls="side"
          onClick={() => setOpen(!open)}
          aria-label={t("menu")}
        >
          ☰
        </button>
        <Link to="/releases" className="brand">
          <img src="/icon.svg" alt="" width={24} height={24} /> Pricewire
        </Link>
        <Clock />
        <Pulse />
        <button type="button" className="button actor" onClick={() => setActing(true)}>
          <Who />
        </button>
      </header>
      <div className={open ? "side open" : "side"} id="side">
        <nav aria-label={t("nav")}>
          {places.map((p) => (
            <Link key={p.to} to={p.to} activeOptions={{ exact: false }} activeProps={{ "aria-current": "page" }}>
              <svg viewBox="0 0 24 24" aria-hidden="true">
                <path d={p.icon} />
              </svg>
              {t(p.text)}
              {p.to === "/live" && <AlarmCount />}
            </Link>
          ))}
        </nav>
        <Settings onHelp={() => setHelp(true)} />
      </div>
      <main id="main" ref={main} tabIndex={-1}>
        {pending ? <Loading lines={6} /> : <Outlet />}
      </main>
      <Help open={help} onClose={() => setHelp(false)} />
      <ActAs open={acting} onClose={() => setActing(false)} />
      <Announcer />
    </div>
  );
}

function Clock() {
  const { t, instant } = useText();
  const { data } = useQuery(status);
  const now = useNow();
  if (!data) return <span className="clock" />;
  return (
    <time className="clock soft" dateTime={now.toISOString()}>
      {instant(now)} {data.simulated && <em>{t("simulated")}</em>}
    </time>
  );
}

/** Whether changes come by themselves. */
function Pulse() {
  const { t } = useText();
  const state = useSyncExternalStore(live.watch, () => live.state);
  return (
    <span className={`pulse ${state}`} title={t(`live.${state}`)}>
      <span className="dot" />
      <span className="pulsetext">{t(`live.${state}`)}</span>
    </span>
  );
}

export function useActor(): { name: string; token: string } {
  const name = useSyncExternalStore(actor.subscribe, () => actor.name);
  const token = useSyncExternalStore(actor.subscribe, () => actor.token);
  return { name, token };
}

function Who() {
  const { t } = useText();
  const { name, token } = useActor();
  if (token) return <>{t("actor.token")}</>;
  return <>{name ? t("actor.as", { name }) : t("actor.choose")}</>;
}

function AlarmCount() {
  const { t } = useText();
  const { data } = useQuery(status);
  const n = data?.alarms?.length ?? 0;
  if (n === 0) return null;
  return (
    <span className="count" title={t("alarms", { n })}>
      {n}
      <span className="hidden"> {t("alarms", { n })}</span>
    </span>
  );
}

function Settings({ onHelp }: { onHelp: () => void }) {
  const { t, language, setLanguage } = useText();
  const [chosen, setChosen] = useState<Theme>(theme);
  return (
    <section className="settings" aria-label={t("settings")}>
      <Field label={t("language")}>
        <select value={language} onChange={(e) => setLanguage(e.target.value as Language)}>
          {Object.entries(languages).map(([code, name]) => (
            <option key={code} value={code} lang={code}>
              {name}
            </option>
          ))}
        </select>
      </Field>
      <Field label={t("theme")}>
        <select
          value={chosen}
          onChange={(e) => {
            setChosen(e.target.value as Theme);
            applyTheme(e.target.value as Theme);
          }}
        >
          {(["system", "light", "dark"] as const).map((name) => (
            <option key={name} value={name}>
              {t(`theme.${name}`)}
            </option>
          ))}
        </select>
      </Field>
      <button type="button" className="plain" onClick={onHelp}>
        {t("help")} <kbd>?</kbd>
      </button>
    </section>
  );
}

const shortcutsOn = () => localStorage.getItem("shortcuts") !== "off";

/** Single keys lead to pages: g and a letter, / to the search, ? to the help. They can be turned off, and never act while somebody types. */
function useShortcuts(help: () => void) {
  const navigate = useNavigate();
  useEffect(() => {
    let leading = false;
    const onKey = (e: KeyboardEvent) => {
      const target = e.target as HTMLElement;
      if (
        e.ctrlKey ||
        e.metaKey ||
        e.altKey ||
        /^(input|textarea|select)$/i.test(target.tagName) ||
        target.closest("[role=dialog],[role=menu]")
      )
        return;
      if (!shortcutsOn()) return;
      const place = leading ? places.find((p) => p.key === e.key) : undefined;
      leading = e.key === "g";
      if (place) void navigate({ to: place.to });
      else if (e.key === "?") help();
      else if (e.key === "/") {
        const field = document.querySelector<HTMLInputElement>("main input[type=search]");
        if (!field) return;
        e.preventDefault();
        field.focus();
      }
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, [navigate, help]);
}

function Help({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { t } = useText();
  const [on, setOn] = useState(shortcutsOn);
  return (
    <Ask title={t("help.title")} open={open} onClose={onClose}>
      <table className="keys">
        <tbody>
          {places.map((p) => (
            <tr key={p.to}>
              <th scope="row">
                <kbd>g</kbd> <kbd>{p.key}</kbd>
              </th>
              <td>{t(p.text)}</td>
            </tr>
          ))}
          <tr>
            <th scope="row">
              <kbd>/</kbd>
            </th>
            <td>{t("help.search")}</td>
          </tr>
          <tr>
            <th scope="row">
              <kbd>?</kbd>
            </th>
            <td>{t("help.this")}</td>
          </tr>
          <tr>
            <th scope="row">
              <kbd>Esc</kbd>
            </th>
            <td>{t("help.escape")}</td>
          </tr>
        </tbody>
      </table>
      <label className="check">
        <input
          type="checkbox"
          checked={on}
          onChange={(e) => {
            localStorage.setItem("shortcuts", e.target.checked ? "on" : "off");
            setOn(e.target.checked);
          }}
        />
        {t("help.on")}
      </label>
      <p className="soft">{t("help.api")}</p>
    </Ask>
  );
}

/** Who acts: a name where names are believed, a token elsewhere. */
function ActAs({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { t } = useText();
  return (
    <Ask title={t("actor.title")} open={open} onClose={onClose}>
      <form
        onSubmit={(e) => {
          e.preventDefault();
          const form = new FormData(e.currentTarget);
          actor.set(String(form.get("name")), String(form.get("token")));
          onClose();
        }}
      >
        <p>{t("actor.why")}</p>
        <Field label={t("actor.name")}>
          {/* biome-ignore lint/a11y/noAutofocus: the dialog was opened to fill this in */}
          <input name="name" defaultValue={actor.name} autoComplete="username" autoFocus maxLength={100} />
        </Field>
        <Field label={t("actor.tokenField")} hint={t("actor.tokenHint")}>
          <input name="token" type="password" defaultValue={actor.token} autoComplete="off" placeholder="pw_…" />
        </Field>
        <footer>
          <button type="submit" className="button primary">
            {t("actor.save")}
          </button>
        </footer>
      </form>
    </Ask>
  );
}

export function Missing() {
  const { t } = useText();
  return (
    <Page title={t("missing.title")}>
      <Empty title={t("missing.text")}>
        <Link to="/releases" className="button">
          {t("nav.releases")}
        </Link>
      </Empty>
    </Page>
  );
}
