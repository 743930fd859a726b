/** One event of a stream of server-sent events. */
export interface Sent {
  id: string;
  event: string;
  data: string;
}

/** Reads server-sent events from text that comes in pieces of any size. */
export class Reader {
  /** The id to resume behind: the server tells one without data where nothing passed. */
  last = "";
  #rest = "";
  #id = "";
  #event = "";
  #data: string[] = [];

  /** Takes a piece and returns the events that it completes. */
  push(piece: string): Sent[] {
    const lines = (this.#rest + piece).split("\n");
    this.#rest = lines.pop()!;
    const sent: Sent[] = [];
    for (const raw of lines) {
      const line = raw.endsWith("\r") ? raw.slice(0, -1) : raw;
      if (line === "") {
        this.last = this.#id;
        if (this.#data.length > 0) sent.push({ id: this.#id, event: this.#event || "message", data: this.#data.join("\n") });
        this.#event = "";
        this.#data = [];
        continue;
      }
      const colon = line.indexOf(":");
      if (colon === 0) continue; // a comment: the server is alive
      const field = colon < 0 ? line : line.slice(0, colon);
      const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
      if (field === "id") this.#id = value;
      else if (field === "event") this.#event = value;
      else if (field === "data") this.#data.push(value);
    }
    return sent;
  }
}
