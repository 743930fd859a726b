import { type Kept, keep } from "../logic/events.ts";
import { live } from "./live.ts";

const most = 2_000;

/** The newest events since the application was opened, at most 2,000. Many at once are told once a moment. */
class Record {
  count = 0;
  #events: readonly Kept[] = [];
  #fresh: Kept[] = [];
  #listeners = new Set<() => void>();
  #started = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  start() {
    if (this.#started) return;
    this.#started = true;
    live.onEvent((event) => {
      this.#fresh.push(keep(event, ++this.count));
      if (this.#fresh.length > most) this.#fresh.shift();
      this.#timer ??= setTimeout(() => this.#tell(), 150);
    });
  }
  get = () => this.#events;
  subscribe = (listener: () => void) => {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  };
  #tell() {
    this.#timer = undefined;
    this.#events = [...this.#fresh.reverse(), ...this.#events].slice(0, most);
    this.#fresh = [];
    for (const listener of this.#listeners) listener();
  }
}

export const recorded = new Record();
