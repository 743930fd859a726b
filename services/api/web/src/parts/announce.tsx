import { useSyncExternalStore } from "react";

let said = "";
const listeners = new Set<() => void>();

/** Says a sentence to who looks and to who listens. */
export function announce(text: string) {
  said = text;
  for (const listener of listeners) listener();
  clearTimeout(timer);
  timer = setTimeout(() => {
    said = "";
    for (const listener of listeners) listener();
  }, 6000);
}
let timer: ReturnType<typeof setTimeout> | undefined;

export function Announcer() {
  const text = useSyncExternalStore(
    (l) => {
      listeners.add(l);
      return () => {
        listeners.delete(l);
      };
    },
    () => said,
  );
  return (
    <div role="status" aria-live="polite" className={text ? "toast" : "toast quiet"}>
      {text}
    </div>
  );
}
