/** Who acts. On a loopback address a name is believed; elsewhere a token says who it is, kept for this tab alone. */
class Actor {
  #name = localStorage.getItem("actor") ?? "";
  #token = sessionStorage.getItem("token") ?? "";
  #listeners = new Set<() => void>();

  get name() {
    return this.#name;
  }
  get token() {
    return this.#token;
  }
  set(name: string, token: string) {
    this.#name = name.trim();
    this.#token = token.trim();
    localStorage.setItem("actor", this.#name);
    if (this.#token) sessionStorage.setItem("token", this.#token);
    else sessionStorage.removeItem("token");
    for (const listener of this.#listeners) listener();
  }
  subscribe = (listener: () => void) => {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  };
  headers(): Record<string, string> {
    const headers: Record<string, string> = {};
    if (this.#name) headers["X-Pricewire-User"] = encodeHeader(this.#name);
    if (this.#token) headers["Authorization"] = `Bearer ${this.#token}`;
    return headers;
  }
}

/** Header values are bytes: what is no Latin letter goes without its accent. */
function encodeHeader(name: string): string {
  return name
    .normalize("NFD")
    .replace(/[\u0300-\u036f]/g, "")
    .replace(/[^\x20-\x7e]/g, "?");
}

export const actor = new Actor();
