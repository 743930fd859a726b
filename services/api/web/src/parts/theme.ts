export type Theme = "system" | "light" | "dark";

export function theme(): Theme {
  const kept = localStorage.getItem("theme");
  return kept === "light" || kept === "dark" ? kept : "system";
}

/** Shows the page in the theme that was chosen, or in the system's. */
export function applyTheme(chosen: Theme = theme()) {
  localStorage.setItem("theme", chosen);
  if (chosen === "system") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = chosen;
  dispatchEvent(new Event("theme"));
}
