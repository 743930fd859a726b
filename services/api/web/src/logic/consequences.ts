import type { Release } from "../api/client.ts";

/** What is told of an act before it is done: a message and what fills it in. Instants are told as they are and written by who shows them. */
export interface Told {
  key: TellingKey;
  at?: string;
  n?: number;
  text?: string;
  bad?: boolean;
}

export type TellingKey =
  | "act.reviewOnly"
  | "act.otherMust"
  | "act.publishes"
  | "act.publishesNow"
  | "act.short"
  | "act.notice"
  | "act.effective"
  | "act.effectiveAtOnce"
  | "act.followsPublication"
  | "act.changes"
  | "act.baseline"
  | "act.forever"
  | "act.past"
  | "act.warnings"
  | "act.rejected"
  | "act.nobodyKnew"
  | "act.fallsBack"
  | "act.noPrice"
  | "act.fromNow"
  | "act.fromEffective"
  | "act.retroactive"
  | "act.withdrawalStays"
  | "act.newRevision"
  | "act.correctionFromPublication"
  | "act.correctionOriginal"
  | "act.held";

/** Why somebody may not do something, or nothing. */
export type Bar = "bar.nobody" | "bar.sameAuthor" | "bar.sameSubmitter" | "";

/** Approving and taking back need a second person. */
export function barred(
  act: "submit" | "approve" | "reject" | "withdraw" | "correct",
  r: Release,
  actor: { name: string; token: string },
): Bar {
  if (!actor.name && !actor.token) return "bar.nobody";
  if (act !== "approve" && act !== "withdraw") return "";
  const same = (who: string) => who !== "" && !actor.token && who.trim().toLowerCase() === actor.name.trim().toLowerCase();
  if (same(r.created_by)) return "bar.sameAuthor";
  return same(r.submitted_by) ? "bar.sameSubmitter" : "";
}

/** Warnings for which nobody has taken responsibility yet, rule by rule. */
export function openWarnings(r: Release): string[] {
  const taken = new Set((r.acknowledged ?? []).map((a) => a.rule));
  return [...new Set((r.problems ?? []).filter((p) => p.severity === "warning" && !taken.has(p.rule)).map((p) => p.rule))].sort();
}

export function needsReason(r: Release, now: Date): boolean {
  return !r.backfilled && Date.parse(r.publish_at) < now.getTime() && r.notice.policy !== "none" && r.reason === "";
}

/** Whole days between two instants. */
export function daysBetween(from: string | Date, to: string | Date): number {
  return Math.floor((new Date(to).getTime() - new Date(from).getTime()) / 86_400_000);
}

function changes(r: Release): Told[] {
  if (r.baseline) return [{ key: "act.baseline", n: r.lines }];
  const n = r.diff.added + r.diff.price_changed + r.diff.changed + r.diff.ending + r.diff.removed;
  return [{ key: "act.changes", n, text: r.predecessor }];
}

/** What follows from handing a draft in. */
export function ofSubmission(r: Release): Told[] {
  return [{ key: "act.reviewOnly" }, { key: "act.otherMust" }, ...changes(r)];
}

/** What follows from an approval. */
export function ofApproval(r: Release, now: Date): Told[] {
  const told: Told[] = [];
  if (r.held) told.push({ key: "act.held", text: r.held, bad: true });
  if (r.backfilled) {
    told.push({ key: "act.past", at: r.publish_at });
  } else if (Date.parse(r.publish_at) > now.getTime()) {
    told.push({ key: "act.publishes", at: r.publish_at }, { key: "act.notice", n: daysBetween(r.publish_at, r.effective_at) });
  } else {
    told.push({ key: "act.publishesNow", bad: true });
    const n = daysBetween(now, r.effective_at);
    if (r.notice.policy !== "none" && n >= 0 && !r.follows_publication)
      told.push({ key: "act.short", n, text: r.notice.policy.replace("days:", ""), bad: true });
  }
  if (r.follows_publication) told.push({ key: "act.followsPublication" });
  else if (Date.parse(r.effective_at) > now.getTime()) told.push({ key: "act.effective", at: r.effective_at });
  else told.push({ key: "act.effectiveAtOnce", at: r.effective_at, bad: true });
  told.push(...changes(r));
  const warnings = openWarnings(r);
  if (warnings.length > 0) told.push({ key: "act.warnings", n: warnings.length, text: warnings.join(", "), bad: true });
  told.push({ key: "act.forever" });
  return told;
}

export function ofRejection(): Told[] {
  return [{ key: "act.rejected" }];
}

/** What follows from taking a release, or lines of it, back. */
export function ofWithdrawal(r: Release, now: Date, retroactive: boolean): Told[] {
  if (!r.published_at) return [{ key: "act.nobodyKnew" }];
  const told: Told[] = [r.predecessor ? { key: "act.fallsBack", text: r.predecessor } : { key: "act.noPrice", bad: true }];
  const effective = Date.parse(r.effective_at) <= now.getTime();
  if (retroactive && effective) told.push({ key: "act.retroactive", at: r.effective_at, bad: true });
  else told.push(effective ? { key: "act.fromNow" } : { key: "act.fromEffective", at: r.effective_at });
  told.push({ key: "act.withdrawalStays" });
  return told;
}

/** What follows from making a draft that mends a release. */
export function ofCorrection(r: Release, now: Date, retroactive: boolean, from: string): Told[] {
  const told: Told[] = [{ key: "act.newRevision", n: r.revision + 1 }];
  if (Date.parse(r.effective_at) > now.getTime() || retroactive)
    told.push({ key: "act.correctionOriginal", at: r.effective_at, bad: retroactive });
  else if (from) told.push({ key: "act.effective", at: `${from}T00:00:00Z` });
  else told.push({ key: "act.correctionFromPublication" });
  return told;
}

/** What can be done with a release as it is. */
export function possible(r: Release): ("submit" | "approve" | "reject" | "correct" | "withdraw")[] {
  switch (r.state) {
    case "draft":
      return ["submit", "reject", "withdraw"];
    case "in_review":
      return ["approve", "submit", "reject", "withdraw"];
    case "approved":
      return r.held ? ["approve", "reject", "withdraw"] : ["reject", "withdraw"];
    case "published":
    case "effective":
      return ["correct", "withdraw"];
    case "superseded":
      return ["correct", "withdraw"];
    default:
      return [];
  }
}
