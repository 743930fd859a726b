import { describe, expect, it } from "vitest";
import { compare, decimals, minus, money, moved, number, percent } from "./money.ts";

const plain = (s: string) => s.replace(/[\u00a0\u202f]/g, " ");

describe("money", () => {
  it("keeps every decimal of a rate that a float would lose", () => {
    expect(money("0.0000166667", "USD", "en-US")).toBe("$0.0000166667");
    expect(money("123456789012345678.123456789012345678", "USD", "en-US")).toBe("$123,456,789,012,345,678.123456789012345678");
  });
  it("is written as the locale writes it", () => {
    expect(plain(money("1234.50", "EUR", "fr-FR"))).toBe("1 234,50 €");
    expect(plain(number("1234567.5", "fr-FR"))).toBe("1 234 567,5");
    expect(plain(number(5067, "en-US"))).toBe("5,067");
  });
  it("shows what is no currency beside its unit, and no number as it is", () => {
    expect(money("1.10", "points", "en-US")).toBe("1.10 points");
    expect(money("?", "USD", "en-US")).toBe("? USD");
  });
  it("says percentages with a sign", () => {
    expect(percent("-12.345", "en-US")).toBe("-12.35 %");
    expect(percent("0", "en-US")).toBe("0 %");
  });
});

describe("decimals", () => {
  it("compares exactly where floats are equal", () => {
    expect(compare("0.1000000000000000000001", "0.1")).toBe(1);
    expect(compare("7.50", "7.5")).toBe(0);
    expect(compare("-1", "0.0")).toBe(-1);
    expect(decimals("7.50")).toBe(2);
  });
  it("subtracts exactly", () => {
    expect(minus("0.3", "0.1")).toBe("0.2");
    expect(minus("1", "1.0000166667")).toBe("-0.0000166667");
    expect(minus("5", "5.00")).toBe("0");
  });
  it("says how far a price moves, and nothing of a price of 0", () => {
    expect(moved("100", "112.345")).toBe("12.35");
    expect(moved("3", "2")).toBe("-33.33");
    expect(moved("0.00", "1")).toBeNull();
  });
  it("refuses what is no decimal", () => {
    expect(() => compare("1e3", "1")).toThrow("no decimal");
  });
});
