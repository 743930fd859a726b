import { describe, expect, it } from "vitest";
import type { Price } from "../api/client.ts";
import { joined } from "./compare.ts";

const price = (sku: string, unit: string, currency = "USD") =>
  ({ product: "P", sku, term: "P1Y", billing: "Annual", tier: "0", currency, unit_price: unit, erp_price: unit }) as Price;
const told = (x: Price[], y: Price[]) => joined(x, y).map((p) => `${p.key.split(" ")[1]} ${p.kind} ${p.percent}`);

describe("two lists", () => {
  it("are paired line by line, the farthest move first", () => {
    expect(
      told([price("1", "10"), price("2", "10"), price("3", "5.0")], [price("2", "11"), price("1", "20"), price("3", "5"), price("4", "1")]),
    ).toEqual(["1 other 100", "2 other 10", "3 same null", "4 b null"]);
  });
  it("of two currencies are paired, and nothing is subtracted", () => {
    expect(told([price("1", "10", "EUR")], [price("1", "10", "NOK")])).toEqual(["1 other null"]);
  });
  it("of many currencies are paired by currency", () => {
    expect(told([price("1", "10", "EUR"), price("1", "99", "NOK")], [price("1", "10", "EUR")])).toEqual(["1 same null", "1 a null"]);
  });
});
