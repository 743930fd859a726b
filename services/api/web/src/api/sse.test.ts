import { describe, expect, it } from "vitest";
import { Reader } from "./sse.ts";

const text = ': follow\n\nid: PRICES@1:1\ndata: {"a":1}\n\nid: PRICES@1:2\ndata: one\ndata: two\n\nevent: problem\r\ndata: {}\r\n\r\n';
const want = [
  { id: "PRICES@1:1", event: "message", data: '{"a":1}' },
  { id: "PRICES@1:2", event: "message", data: "one\ntwo" },
  { id: "PRICES@1:2", event: "problem", data: "{}" },
];

describe("server-sent events", () => {
  it("are the same however the text is cut", () => {
    for (let size = 1; size <= text.length; size++) {
      const reader = new Reader();
      const got = [];
      for (let i = 0; i < text.length; i += size) got.push(...reader.push(text.slice(i, i + size)));
      expect(got, `in pieces of ${size}`).toEqual(want);
      expect(reader.last).toBe("PRICES@1:2");
    }
  });
  it("are resumed behind what had no data", () => {
    const reader = new Reader();
    expect(reader.push("id: none\n: follow\n\nid: PRICES@1:3\n: alive\n")).toEqual([]);
    expect(reader.last).toBe("none");
    reader.push("\n");
    expect(reader.last).toBe("PRICES@1:3");
  });
  it("that are not complete are not told", () => {
    expect(new Reader().push("data: half\n")).toEqual([]);
  });
});
