import { describe, expect, it } from "vitest";
import { commandLine, quoted, sqlText } from "./commands.ts";

describe("what is copied", () => {
  it("is quoted as a shell needs it", () => {
    expect(quoted("license-us-2026-12-r1")).toBe("license-us-2026-12-r1");
    expect(quoted("Virtual Machines")).toBe("'Virtual Machines'");
    expect(quoted("it's; rm -rf $HOME")).toBe(`'it'\\''s; rm -rf $HOME'`);
    expect(quoted("")).toBe("''");
  });
  it("leaves out what is empty", () => {
    expect(commandLine(["rate", "list"], { service: "Virtual Machines", region: "", at: undefined })).toBe(
      "pricewire rate list --service 'Virtual Machines'",
    );
  });
  it("is quoted as SQL needs it", () => {
    expect(sqlText("a'b\\c")).toBe("'a\\'b\\\\c'");
  });
});
