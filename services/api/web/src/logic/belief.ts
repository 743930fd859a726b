/** A range of valid time and what was said of it, known from an instant on. Texts are RFC 3339 in UTC; null is always, or open. */
export interface Period<T> {
  known_at: string | null;
  valid_from: string | null;
  valid_to: string | null;
  said: T;
}

/** From an instant on, until the next step, this is what is believed; null: nothing was said. */
export interface Step<T> {
  from: number;
  said: T | null;
  known: number | null;
}

const always = Number.NEGATIVE_INFINITY;
const open = Number.POSITIVE_INFINITY;

const instantOf = (text: string | null, otherwise: number) => (text === null ? otherwise : Date.parse(text));

/**
 * What was believed at an instant of every instant: of the periods known by then the latest one that holds it. Later periods are laid over
 * earlier ones by filling what is still bare from the latest backwards, so that ten thousand periods take milliseconds.
 */
export function believed<T>(periods: readonly Period<T>[], knownAt: number, same: (a: T, b: T) => boolean): Step<T>[] {
  const known = periods
    .map((p, place) => ({
      p,
      place,
      known: instantOf(p.known_at, always),
      from: instantOf(p.valid_from, always),
      to: instantOf(p.valid_to, open),
    }))
    .filter((k) => k.known <= knownAt && k.from < k.to)
    .sort((a, b) => b.known - a.known || b.place - a.place);
  const bounds = [...new Set(known.flatMap((k) => [k.from, k.to]))].sort((a, b) => a - b);
  const placeOf = new Map(bounds.map((at, i) => [at, i]));
  const bare = bounds.map((_, i) => i); // bare[i]: the first range at or behind i that nothing fills yet
  const find = (start: number) => {
    let root = start;
    while (bare[root] !== root) root = bare[root]!;
    for (let i = start; bare[i] !== root; ) [i, bare[i]] = [bare[i]!, root];
    return root;
  };
  const filled: (Step<T> | undefined)[] = new Array(bounds.length);
  for (const k of known) {
    const end = placeOf.get(k.to)!;
    for (let i = find(placeOf.get(k.from)!); i < end; i = find(i + 1)) {
      filled[i] = { from: bounds[i]!, said: k.p.said, known: k.known };
      bare[i] = i + 1;
    }
  }
  const steps: Step<T>[] = [];
  for (let i = 0; i < bounds.length; i++) {
    if (bounds[i] === open) break; // nothing begins there
    const step = filled[i] ?? { from: bounds[i]!, said: null, known: null };
    const last = steps.at(-1);
    if (last && (last.said === step.said || (last.said !== null && step.said !== null && same(last.said, step.said)))) continue;
    if (!last && step.said === null) continue;
    steps.push(step);
  }
  return steps;
}

/** What is said at an instant. */
export function at<T>(steps: readonly Step<T>[], instant: number): Step<T> | undefined {
  let low = 0;
  let high = steps.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (steps[middle]!.from <= instant) low = middle + 1;
    else high = middle;
  }
  return steps[low - 1];
}

/** The instants at which something became known, in order. */
export function learned<T>(periods: readonly Period<T>[]): number[] {
  return [...new Set(periods.flatMap((p) => (p.known_at === null ? [] : [Date.parse(p.known_at)])))].sort((a, b) => a - b);
}

/** A range of valid time of which something else is said now than was said when it came. */
export interface Correction<T> {
  from: number;
  to: number;
  said: T | null;
  says: T | null;
  known: number | null;
}

/** Where what is believed now is not what was believed at the instant it is about, up to an instant. */
export function corrections<T>(periods: readonly Period<T>[], now: number, same: (a: T, b: T) => boolean): Correction<T>[] {
  const today = believed(periods, now, same);
  const knownBy = learned(periods);
  const first = knownBy[0];
  if (first === undefined) return [];
  // An instant is believed of only by what is known at it: a period told late counts from when it was told.
  const then = believed(
    periods.map((p) => ({ ...p, valid_from: later(p.valid_from, p.known_at) })),
    now,
    same,
  );
  const stops = [...new Set([...today.map((s) => s.from), ...then.map((s) => s.from), ...knownBy])]
    .filter((s) => s >= first && s <= now) // before, nobody said anything yet
    .sort((a, b) => a - b);
  const found: Correction<T>[] = [];
  for (const [i, from] of stops.entries()) {
    const said = at(then, from)?.said ?? null;
    const says = at(today, from);
    if (said === (says?.said ?? null) || (said !== null && says?.said != null && same(said, says.said))) continue;
    found.push({ from, to: stops[i + 1] ?? now, said, says: says?.said ?? null, known: says?.known ?? null });
  }
  return found;
}

/** The later of two instants, of which null is always. */
function later(a: string | null, b: string | null): string | null {
  if (a === null || b === null) return a ?? b;
  return Date.parse(a) < Date.parse(b) ? b : a;
}
