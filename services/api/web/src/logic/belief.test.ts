import { describe, expect, it } from "vitest";
import { at, believed, corrections, learned, type Period } from "./belief.ts";

const same = (a: string, b: string) => a === b;
const period = (known: string, from: string | null, to: string | null, said: string): Period<string> => ({
  known_at: known && `${known}T00:00:00Z`,
  valid_from: from && `${from}T00:00:00Z`,
  valid_to: to && `${to}T00:00:00Z`,
  said,
});
const on = (day: string) => Date.parse(`${day}T00:00:00Z`);

const story = [
  period("2026-01-01", "2026-01-01", null, "1"),
  period("2026-02-01", "2026-02-01", null, "2"),
  period("2026-03-10", "2026-02-15", "2026-03-01", "9"), // told late
];

describe("what is believed", () => {
  it("is the latest known period that holds the instant", () => {
    const steps = believed(story, on("2026-06-01"), same);
    expect(steps.map((s) => [new Date(s.from).toISOString().slice(5, 10), s.said])).toEqual([
      ["01-01", "1"],
      ["02-01", "2"],
      ["02-15", "9"],
      ["03-01", "2"],
    ]);
    expect(at(steps, on("2026-02-20"))?.said).toBe("9");
    expect(at(steps, on("2025-12-31"))).toBeUndefined();
  });
  it("does not know what was told later", () => {
    expect(believed(story, on("2026-02-20"), same).map((s) => s.said)).toEqual(["1", "2"]);
    expect(believed(story, on("2025-01-01"), same)).toEqual([]);
  });
  it("of two that became known at once takes the one told last", () => {
    const twice = [period("2026-01-01", null, null, "first"), period("2026-01-01", null, null, "last")];
    expect(believed(twice, on("2026-01-01"), same).map((s) => s.said)).toEqual(["last"]);
  });
  it("agrees with asking every period for every instant", () => {
    let seed = 7;
    const random = (n: number) => {
      seed = (seed * 48271) % 2147483647;
      return seed % n;
    };
    for (let round = 0; round < 60; round++) {
      const periods = Array.from({ length: 1 + random(12) }, () => {
        const from = random(20);
        return {
          known_at: new Date(random(10) * 1000).toISOString(),
          valid_from: random(5) === 0 ? null : new Date(from * 1000).toISOString(),
          valid_to: random(4) === 0 ? null : new Date((from + 1 + random(8)) * 1000).toISOString(),
          said: String(random(3)),
        };
      });
      const k = random(11) * 1000;
      const steps = believed(periods, k, same);
      for (let v = -1000; v < 30_000; v += 500) {
        let want: string | null = null;
        let best = -1;
        for (const p of periods) {
          const known = Date.parse(p.known_at);
          const holds = (p.valid_from === null || Date.parse(p.valid_from) <= v) && (p.valid_to === null || v < Date.parse(p.valid_to));
          if (holds && known <= k && known >= best) [best, want] = [known, p.said];
        }
        expect(at(steps, v)?.said ?? null, `round ${round}, ${v} as known at ${k}`).toBe(want);
      }
    }
  });
  it("lays ten thousand periods over each other within a blink", () => {
    const many = Array.from({ length: 10_000 }, (_, i) => ({
      known_at: new Date(i * 60_000).toISOString(),
      valid_from: new Date(i * 60_000).toISOString(),
      valid_to: null,
      said: String(i),
    }));
    const begun = performance.now();
    expect(believed(many, 1e15, same)).toHaveLength(10_000);
    expect(performance.now() - begun).toBeLessThan(500);
  });
});

describe("corrections", () => {
  it("are the ranges of which something else is said now", () => {
    expect(corrections(story, on("2026-06-01"), same).map((c) => [c.said, c.says, c.from])).toEqual([["2", "9", on("2026-02-15")]]);
    expect(learned(story)).toHaveLength(3);
  });
  it("are none where everything was announced in time", () => {
    expect(corrections(story.slice(0, 2), on("2026-06-01"), same)).toEqual([]);
    expect(corrections([], on("2026-06-01"), same)).toEqual([]);
  });
  it("are where asking at each instant, and now, gives two answers", () => {
    let seed = 11;
    const random = (n: number) => {
      seed = (seed * 48271) % 2147483647;
      return seed % n;
    };
    for (let round = 0; round < 100; round++) {
      const periods = Array.from({ length: 1 + random(12) }, () => {
        const from = random(20);
        return {
          known_at: new Date(random(20) * 1000).toISOString(),
          valid_from: random(5) === 0 ? null : new Date(from * 1000).toISOString(),
          valid_to: random(4) === 0 ? null : new Date((from + 1 + random(8)) * 1000).toISOString(),
          said: String(random(3)),
        };
      });
      const now = 30_000;
      const first = learned(periods)[0]!;
      const found = corrections(periods, now, same);
      for (let v = first; v < now; v += 500) {
        const said = at(believed(periods, v, same), v)?.said ?? null;
        const says = at(believed(periods, now, same), v)?.said ?? null;
        const one = found.find((c) => c.from <= v && v < c.to);
        expect([one?.said ?? null, one?.says ?? null]).toEqual(said === says ? [null, null] : [said, says]);
      }
    }
  });
  it("of ten thousand periods are found at once", () => {
    const instant = (n: number) => new Date(n * 3_600_000).toISOString();
    const many = Array.from({ length: 10_000 }, (_, i) => ({
      known_at: instant(i),
      valid_from: instant(i % 5 === 0 ? i - 2 : i),
      valid_to: null,
      said: String(i),
    }));
    const begun = performance.now();
    expect(corrections(many, 1e15, same).length).toBeGreaterThan(1_000);
    expect(performance.now() - begun).toBeLessThan(1_000);
  });
});
