import { describe, expect, it } from "vitest";
import { day, distance, instant, moment, month, monthFrom } from "./time.ts";

describe("time", () => {
  it("is UTC wherever the reader is", () => {
    expect(day("2026-12-01T00:00:00Z", "en-GB")).toBe("1 Dec 2026");
    expect(instant("2026-12-01T23:59:30Z", "en-GB")).toBe("1 Dec 2026, 23:59 UTC");
    expect(month("2027-01", "fr-FR")).toBe("janvier 2027");
  });
  it("leaves midnight out", () => {
    expect(moment("2026-12-01T00:00:00Z", "en-GB")).toBe("1 Dec 2026");
    expect(moment("2026-12-01T00:00:01Z", "en-GB")).toContain("00:00 UTC");
  });
  it("counts in the largest whole unit", () => {
    const now = new Date("2026-11-27T00:00:00Z");
    expect(distance("2026-12-02T12:00:00Z", now, "en-GB")).toBe("in 5 days");
    expect(distance("2026-11-26T22:00:00Z", now, "fr-FR")).toBe("il y a 2 heures");
    expect(distance("2026-11-27T00:00:20Z", now, "en-GB")).toBe("in 20 seconds");
  });
  it("steps over the end of a year by whole months", () => {
    expect(monthFrom(new Date("2026-12-31T23:00:00Z"), 1)).toBe("2027-01-01");
    expect(monthFrom(new Date("2026-01-31T00:00:00Z"), -1)).toBe("2025-12-01");
  });
});
