/** What is needed of an event here. */
interface Event {
  id: string;
  type: string;
  subject: string;
  time: string;
  stream: string;
  sequence: string;
  data: { [name: string]: unknown };
}

/** An event with its place among those that came, and what changed. */
export interface Kept {
  place: number;
  event: Event;
  kind: string;
}

export function keep(event: Event, place: number): Kept {
  const kind = event.data?.["change"] ?? event.data?.["kind"];
  return { place, event, kind: typeof kind === "string" ? kind : "" };
}

/** Whether a subject is of a pattern: * is one part, > all that follow. */
export function matches(subject: string, pattern: string): boolean {
  const parts = subject.split(".");
  const wanted = pattern.split(".");
  for (let i = 0; i < wanted.length; i++) {
    if (wanted[i] === ">") return parts.length > i;
    if (parts[i] === undefined || (wanted[i] !== "*" && wanted[i] !== parts[i])) return false;
  }
  return parts.length === wanted.length;
}

/** Whether an event is of a type, of a subject, and has a text in it. */
export function kept(k: Kept, type: string | undefined, subject: string | undefined, q: string | undefined): boolean {
  if (type && !k.event.type.startsWith(`pricewire.${type}.`)) return false;
  if (subject && !matches(k.event.subject, subject)) return false;
  return !q || JSON.stringify(k.event).toLowerCase().includes(q.toLowerCase());
}
