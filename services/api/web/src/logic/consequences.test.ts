import { describe, expect, it } from "vitest";
import type { Release } from "../api/client.ts";
import { barred, daysBetween, needsReason, ofApproval, ofCorrection, ofWithdrawal, openWarnings, possible } from "./consequences.ts";

const counts = { added: 1, price_changed: 2, changed: 3, ending: 0, removed: 0, unchanged: 9 };
const release = (over: Partial<Release> = {}): Release =>
  ({
    id: "license-us-2026-12-r1",
    state: "in_review",
    revision: 1,
    effective_at: "2026-12-01T00:00:00Z",
    publish_at: "2026-11-01T00:00:00Z",
    published_at: null,
    created_by: "alice",
    submitted_by: "carol",
    lines: 15,
    notice: { policy: "days:30", days: 30, short: false, reason: "" },
    diff: counts,
    problems: [],
    acknowledged: [],
    baseline: false,
    predecessor: "license-us-2026-11-r1",
    held: "",
    backfilled: false,
    follows_publication: false,
    reason: "",
    ...over,
  }) as Release;
const before = new Date("2026-10-20T00:00:00Z");
const late = new Date("2026-11-20T00:00:00Z");
const keys = (told: { key: string }[]) => told.map((t) => t.key);

describe("consequences", () => {
  it("of an approval in time are a publication later, with the notice that it gives", () => {
    const told = ofApproval(release(), before);
    expect(keys(told)).toEqual(["act.publishes", "act.notice", "act.effective", "act.changes", "act.forever"]);
    expect(told[1]!.n).toBe(30);
    expect(told[3]!.n).toBe(6);
    expect(needsReason(release(), before)).toBe(false);
  });
  it("of a late approval are a publication at once, with the days that are left, for a reason", () => {
    const told = ofApproval(release(), late);
    expect(keys(told).slice(0, 2)).toEqual(["act.publishesNow", "act.short"]);
    expect(told[1]).toMatchObject({ n: 11, text: "30", bad: true });
    expect(needsReason(release(), late)).toBe(true);
    expect(needsReason(release({ reason: "a typing error" }), late)).toBe(false);
  });
  it("of an approval behind the effective instant name it", () => {
    expect(keys(ofApproval(release(), new Date("2026-12-02T00:00:00Z")))).toContain("act.effectiveAtOnce");
  });
  it("name warnings that nobody has taken on", () => {
    const problems = ["lines-gone", "price-moved", "lines-gone"].map((rule) => ({
      rule,
      severity: "warning" as const,
      row: 1,
      column: "",
      value: "",
      text: "",
    }));
    const r = release({ problems, acknowledged: [{ rule: "price-moved", by: "alice", at: "" }] });
    expect(openWarnings(r)).toEqual(["lines-gone"]);
    expect(keys(ofApproval(r, before))).toContain("act.warnings");
  });
  it("of a withdrawal depend on who knows of it and since when it holds", () => {
    expect(keys(ofWithdrawal(release(), before, false))).toEqual(["act.nobodyKnew"]);
    const out = release({ published_at: "2026-11-01T00:00:00Z" });
    expect(keys(ofWithdrawal(out, late, false))).toEqual(["act.fallsBack", "act.fromEffective", "act.withdrawalStays"]);
    const inForce = new Date("2026-12-09T00:00:00Z");
    expect(keys(ofWithdrawal(out, inForce, false))[1]).toBe("act.fromNow");
    expect(keys(ofWithdrawal(out, inForce, true))[1]).toBe("act.retroactive");
    expect(keys(ofWithdrawal({ ...out, predecessor: "" }, inForce, true))[0]).toBe("act.noPrice");
  });
  it("of a correction say when it takes effect", () => {
    const out = release({ published_at: "2026-11-01T00:00:00Z" });
    const inForce = new Date("2026-12-09T00:00:00Z");
    expect(keys(ofCorrection(out, late, false, ""))).toEqual(["act.newRevision", "act.correctionOriginal"]);
    expect(keys(ofCorrection(out, inForce, false, ""))[1]).toBe("act.correctionFromPublication");
    expect(keys(ofCorrection(out, inForce, false, "2026-12-20"))[1]).toBe("act.effective");
    expect(keys(ofCorrection(out, inForce, true, ""))[1]).toBe("act.correctionOriginal");
  });
});

describe("four eyes", () => {
  it("bar the author and the submitter from approving, and nobody else", () => {
    const by = (name: string) => barred("approve", release(), { name, token: "" });
    expect([by(""), by("Alice"), by("carol "), by("bob")]).toEqual(["bar.nobody", "bar.sameAuthor", "bar.sameSubmitter", ""]);
    expect(barred("submit", release(), { name: "alice", token: "" })).toBe("");
  });
  it("leave it to the server who the owner of a token is", () => {
    expect(barred("approve", release(), { name: "", token: "pw_x" })).toBe("");
  });
});

describe("what can be done", () => {
  it("follows from the state", () => {
    expect(possible(release({ state: "draft" }))).toContain("submit");
    expect(possible(release({ state: "approved" }))).not.toContain("approve");
    expect(possible(release({ state: "approved", held: "too late" }))).toContain("approve");
    expect(possible(release({ state: "rejected" }))).toEqual([]);
  });
  it("counts whole days, downwards when it has passed", () => {
    expect(daysBetween("2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z")).toBe(30);
    expect(daysBetween("2026-12-02T01:00:00Z", "2026-12-01T00:00:00Z")).toBe(-2);
  });
});
