import { describe, expect, it } from "vitest";
import { keep, kept, matches } from "./events.ts";

const event = {
  id: "1",
  type: "pricewire.rate.changed.v1",
  subject: "pw.rate.usd.westeurope.m.k",
  time: "",
  stream: "RATES_USD",
  sequence: "1",
  data: { kind: "added", price: "0.5" },
};

describe("events", () => {
  it("match subjects as streams do", () => {
    for (const [pattern, want] of [
      [">", true],
      ["pw.rate.>", true],
      ["pw.rate.*.westeurope.>", true],
      ["pw.rate.usd.westeurope.m.k", true],
      ["pw.rate.usd.westeurope.m.k.>", false],
      ["pw.rate.eur.>", false],
      ["pw.rate", false],
    ] as const) {
      expect(matches(event.subject, pattern), pattern).toBe(want);
    }
  });
  it("are chosen by type, subject and any text in them", () => {
    const k = keep(event, 1);
    expect(k.kind).toBe("added");
    expect(kept(k, "rate", "pw.rate.>", "0.5")).toBe(true);
    expect(kept(k, "price", "", "")).toBe(false);
    expect(kept(k, "", "", "nothing like it")).toBe(false);
  });
});
