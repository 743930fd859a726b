import { actor } from "./actor.ts";
import { Reader } from "./sse.ts";

/** An event of the streams, as a CloudEvent with its place. */
export interface LiveEvent {
  id: string;
  type: string;
  subject: string;
  time: string;
  stream: string;
  sequence: string;
  source?: string;
  data: Record<string, unknown>;
}

export type Connection = "connecting" | "open" | "lost";

type Told = { kind: "event"; event: LiveEvent } | { kind: "state"; state: Connection };

/**
 * One connection for all tabs: the tab that holds the lock follows the events and tells the others, because a browser keeps only six
 * connections to a server. What breaks off is resumed behind the last event.
 */
class Live {
  state: Connection = "connecting";
  #listeners = new Set<(event: LiveEvent) => void>();
  #watchers = new Set<() => void>();
  #channel: BroadcastChannel | undefined;
  #last = "";
  #wait = 500;

  /** Begins to follow, once. */
  start() {
    if (this.#channel) return;
    this.#channel = new BroadcastChannel("pricewire-live");
    this.#channel.onmessage = ({ data }: MessageEvent<Told | { kind: "hello" }>) => {
      if (data.kind === "event") this.#tell(data.event);
      else if (data.kind === "state") this.#become(data.state);
      else if (this.#leads) this.#channel?.postMessage({ kind: "state", state: this.state });
    };
    this.#channel.postMessage({ kind: "hello" });
    void navigator.locks.request("pricewire-live", async () => {
      this.#leads = true;
      for (;;) await this.#follow();
    });
  }
  #leads = false;

  onEvent(listener: (event: LiveEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }
  watch = (watcher: () => void) => {
    this.#watchers.add(watcher);
    return () => {
      this.#watchers.delete(watcher);
    };
  };

  async #follow() {
    try {
      const headers = { ...actor.headers(), Accept: "text/event-stream", ...(this.#last ? { "Last-Event-ID": this.#last } : {}) };
      const response = await fetch("/v1/events?from=now", { headers, cache: "no-store" });
      if (!response.ok || !response.body) throw new Error(`HTTP ${response.status}`);
      this.#announce("open");
      this.#wait = 500;
      const reader = new Reader();
      const text = response.body.pipeThrough(new TextDecoderStream()).getReader();
      for (;;) {
        const { done, value } = await text.read();
        if (done) break;
        for (const sent of reader.push(value)) {
          if (sent.event === "problem" && (JSON.parse(sent.data) as { type: string }).type.endsWith("/conflict")) {
            this.#last = ""; // a stream was made anew
            throw new Error(sent.data);
          }
          if (sent.event !== "message") continue;
          const event = JSON.parse(sent.data) as LiveEvent;
          this.#tell(event);
          this.#channel?.postMessage({ kind: "event", event });
        }
        this.#last = reader.last || this.#last;
      }
    } catch {
      // It is asked for again below, whatever it was.
    }
    this.#announce("lost");
    await new Promise((r) => setTimeout(r, this.#wait));
    this.#wait = Math.min(this.#wait * 2, 10_000);
  }

  #announce(state: Connection) {
    this.#become(state);
    this.#channel?.postMessage({ kind: "state", state });
  }
  #become(state: Connection) {
    if (state === this.state) return;
    this.state = state;
    for (const watcher of this.#watchers) watcher();
  }
  #tell(event: LiveEvent) {
    for (const listener of this.#listeners) listener(event);
  }
}

export const live = new Live();
