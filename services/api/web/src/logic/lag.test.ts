import { expect, it } from "vitest";
import { behind } from "./lag.ts";

const streams = [
  { name: "PRICES", last: 100 },
  { name: "RATES_USD", last: 50 },
];

it("counts the messages of every stream that a position names", () => {
  expect(behind("PRICES@ab12:90,RATES_USD@cd34:49", streams)).toBe(11);
  expect(behind("PRICES:100", streams)).toBe(0);
});

it("counts nothing of what it does not know", () => {
  expect(behind("", streams)).toBe(0);
  expect(behind("RATES_EUR@ef56:3,PRICES@ab12:120", streams)).toBe(0);
});
