import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from "react";
import { money, number, percent } from "../format/money.ts";
import { day, distance, instant, moment, month } from "../format/time.ts";
import { type Catalogue, en, type Key, type Plural, type Wants } from "./en.ts";

export type Language = "en" | "fr";
export type { Key } from "./en.ts";

/** The languages, each named in itself. */
export const languages: Record<Language, string> = { en: "English", fr: "Français" };

/** A language's locale: the reader's own where the browser names one of that language. */
export function localeOf(language: Language, preferred: readonly string[]): string {
  return preferred.find((l) => l === language || l.startsWith(`${language}-`)) ?? { en: "en-GB", fr: "fr-FR" }[language];
}

/** Fills a message in; of a plural the form that the locale's rules choose for n. */
export function fill(message: string | Plural, values: Record<string, string | number>, locale: string): string {
  const text =
    typeof message === "string" ? message : message[new Intl.PluralRules(locale).select(Number(values["n"])) === "one" ? "one" : "other"];
  return text.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name];
    return typeof value === "number" ? number(value, locale) : (value ?? "");
  });
}

/** What a component says things with. */
export interface Speech {
  language: Language;
  locale: string;
  setLanguage: (language: Language) => void;
  t: <K extends Key>(key: K, ...values: Wants<K>) => string;
  money: (value: string | null | undefined, currency: string) => string;
  number: (value: string | number) => string;
  percent: (value: string | null | undefined) => string;
  day: (at: string | Date) => string;
  instant: (at: string | Date, seconds?: boolean) => string;
  moment: (at: string) => string;
  month: (of: string, short?: boolean) => string;
  distance: (at: string | Date, now: Date) => string;
}

const SpeechContext = createContext<Speech | null>(null);

export function useText(): Speech {
  const speech = useContext(SpeechContext);
  if (!speech) throw new Error("text is used outside of its provider");
  return speech;
}

function speechOf(language: Language, catalogue: Catalogue, setLanguage: (l: Language) => void): Speech {
  const locale = localeOf(language, navigator.languages);
  return {
    language,
    locale,
    setLanguage,
    t: (key, ...values) => fill(catalogue[key], (values[0] ?? {}) as Record<string, string | number>, locale),
    money: (value, currency) => (value == null ? "–" : money(value, currency, locale)),
    number: (value) => number(value, locale),
    percent: (value) => (value == null ? "–" : percent(value, locale)),
    day: (at) => day(at, locale),
    instant: (at, seconds) => instant(at, locale, seconds),
    moment: (at) => moment(at, locale),
    month: (of, short) => month(of, locale, short),
    distance: (at, now) => distance(at, now, locale),
  };
}

function initial(): Language {
  const kept = localStorage.getItem("language");
  if (kept === "en" || kept === "fr") return kept;
  return navigator.language.startsWith("fr") ? "fr" : "en";
}

/** Gives everything below it words. French is loaded when it is asked for. */
export function TextProvider({ children }: { children: ReactNode }) {
  const [language, choose] = useState(initial);
  const [french, setFrench] = useState<Catalogue>();
  useEffect(() => {
    document.documentElement.lang = language;
    localStorage.setItem("language", language);
    if (language === "fr" && !french) void import("./fr.ts").then((m) => setFrench(m.fr));
  }, [language, french]);
  const catalogue = language === "fr" ? french : en;
  const speech = useMemo(() => catalogue && speechOf(language, catalogue, choose), [language, catalogue]);
  return speech ? <SpeechContext value={speech}>{children}</SpeechContext> : null;
}
