import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type ReactNode, useEffect, useState } from "react";
import { status } from "../api/queries.ts";
import { useText } from "../text/index.tsx";

/** A page: its heading, what can be done with it, and what it shows. */
export function Page({ title, lead, actions, children }: { title: string; lead?: ReactNode; actions?: ReactNode; children: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · Pricewire`;
  }, [title]);
  return (
    <>
      <header className="pagehead">
        <div>
          <h1>{title}</h1>
          {lead && <div className="soft">{lead}</div>}
        </div>
        {actions && <div className="actions">{actions}</div>}
      </header>
      {children}
    </>
  );
}

export function Card({ title, actions, children, id }: { title?: string; actions?: ReactNode; children: ReactNode; id?: string }) {
  return (
    <section className="card" id={id} aria-label={title}>
      {(title || actions) && (
        <header>
          {title && <h2>{title}</h2>}
          {actions && <div className="actions">{actions}</div>}
        </header>
      )}
      {children}
    </section>
  );
}

/** Pages that belong together. */
export function Subnav({
  label,
  links,
}: {
  label: string;
  links: { to: string; text: string; exact?: boolean; search?: Record<string, string> }[];
}) {
  return (
    <nav className="subnav" aria-label={label}>
      {links.map((l) => (
        <Link
          key={l.text}
          to={l.to}
          search={(l.search ?? {}) as never}
          activeOptions={{ exact: l.exact ?? true, includeSearch: !!l.search }}
          activeProps={{ "aria-current": "page" }}
        >
          {l.text}
        </Link>
      ))}
    </nav>
  );
}

/** Names and what they are. */
export function Facts({ facts }: { facts: [string, ReactNode][] }) {
  return (
    <dl className="facts">
      {facts
        .filter(([, value]) => value !== "" && value !== null && value !== undefined && value !== false)
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}

/** The state of a release or a month, in a colour and in words. */
export function Badge({ state, children }: { state: string; children: ReactNode }) {
  return <span className={`badge ${state}`}>{children}</span>;
}

/** A field of a form or a filter. */
export function Field({ label, hint, children, grow }: { label: string; hint?: string; children: ReactNode; grow?: boolean }) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is among the children
    <label className={grow ? "field grow" : "field"}>
      <span>{label}</span>
      {children}
      {hint && <small className="soft">{hint}</small>}
    </label>
  );
}

/** The server's time, which may be simulated: it is what due and late are judged by. */
export function useNow(): Date {
  const { data, dataUpdatedAt } = useQuery(status);
  const [, tick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => tick((n) => n + 1), 15_000);
    return () => clearInterval(timer);
  }, []);
  if (!data) return new Date();
  return new Date(Date.parse(data.now) + (data.simulated ? 0 : Date.now() - dataUpdatedAt));
}

/** A text field that tells what was typed once the typing rests. */
export function Typed({
  value,
  onChange,
  placeholder,
  label,
  type = "search",
  id,
  list,
}: {
  value: string;
  onChange: (value: string) => void;
  placeholder?: string;
  label?: string;
  type?: string;
  id?: string;
  list?: string;
}) {
  const { t } = useText();
  const [text, setText] = useState(value);
  const [told, setTold] = useState(value);
  if (value !== told) {
    setTold(value);
    setText(value);
  }
  useEffect(() => {
    if (text === value) return;
    const timer = setTimeout(() => onChange(text), 300);
    return () => clearTimeout(timer);
  }, [text, value, onChange]);
  return (
    <input
      id={id}
      type={type}
      list={list}
      value={text}
      autoComplete="off"
      spellCheck={false}
      {...(label ? { "aria-label": label } : {})}
      placeholder={placeholder ?? t("type")}
      onChange={(e) => setText(e.target.value)}
    />
  );
}
