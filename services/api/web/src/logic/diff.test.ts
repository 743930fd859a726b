import { describe, expect, it } from "vitest";
import { chosen, type Lines, segmentsOf } from "./diff.ts";

const lines: Lines = {
  change: ["price_changed", "price_changed", "added", "changed"],
  currency: ["USD", "EUR", "USD", "USD"],
  product: ["A", "B", "C", "D"],
  sku: ["0001", "0002", "0003", "0004"],
  segment: ["Commercial", "Education", "Commercial", ""],
  title: ["Voice Plan 5", "Office Plan 5", "Voice Basic", "Archive"],
  unit_percent: ["40", "-5", "", "0"],
  erp_percent: ["10", "-20.5", "", "0"],
};

describe("the lines of a diff", () => {
  it("are chosen by kind, segment, currency and words in any order", () => {
    expect(chosen(lines, {})).toEqual([0, 1, 2, 3]);
    expect(chosen(lines, { change: "price_changed" })).toEqual([0, 1]);
    expect(chosen(lines, { segment: "Commercial", currency: "USD" })).toEqual([0, 2]);
    expect(chosen(lines, { q: "5 plan" })).toEqual([0, 1]);
    expect(chosen(lines, { q: "b/0002" })).toEqual([1]);
  });
  it("are chosen by how far either price moves, and where to", () => {
    expect(chosen(lines, { least: "20" })).toEqual([0, 1]);
    expect(chosen(lines, { least: "21" })).toEqual([0]);
    expect(chosen(lines, { way: "down" })).toEqual([1]);
    expect(chosen(lines, { way: "up" })).toEqual([0]);
  });
  it("tell their segments and currencies once each", () => {
    expect(segmentsOf(lines)).toEqual({ segments: ["Commercial", "Education"], currencies: ["EUR", "USD"] });
  });
});
