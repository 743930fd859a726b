import { describe, expect, it } from "vitest";
import { en, type Plural } from "./en.ts";
import { fr } from "./fr.ts";

const names = (message: string | Plural) =>
  (typeof message === "string" ? [message] : [message.one, message.other]).map((m) =>
    [...m.matchAll(/\{(\w+)\}/g)].map((x) => x[1]).sort(),
  );

describe("the catalogue", () => {
  it("fills in the same names in both languages", () => {
    for (const [key, message] of Object.entries(en)) {
      const french = names(fr[key as keyof typeof en]).at(-1);
      expect(french, key).toEqual(names(message).at(-1));
    }
  });
  it("leaves nothing empty", () => {
    for (const [key, message] of [...Object.entries(en), ...Object.entries(fr)]) {
      for (const text of typeof message === "string" ? [message] : [message.one, message.other]) expect(text.trim(), key).not.toBe("");
    }
  });
});
