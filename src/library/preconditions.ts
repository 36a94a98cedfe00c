/**
 * Which version of readers' work a change was made from. A version is a digest of what lies on the disk, so it outlives
 * the server and needs no counter beside the work.
 *
 *     requirePrecondition({ match: [version] }, { version, last: "Dr One saved an annotation at 10:31" }, true);
 */
import { createHash } from "node:crypto";
import { RefusedError } from "../errors.ts";
import type { Library } from "./library.ts";

/** What a call says it was made from; nothing at all where it has neither header. */
export interface IfMatch {
  /** Versions of which one must be kept, or whichever there is. */
  readonly match?: readonly string[] | "any";
  readonly none?: true;
}

/** What is kept now. */
export interface Current {
  readonly version: string;
  /** Who saved last and when, as a sentence without its full stop. */
  readonly last: string;
}

export function versionOf(...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash("sha256");
  // Each with its length, so that no byte can move from one part to the next unseen.
  for (const part of parts) hash.update(`${part.length} `).update(part);
  return hash.digest("base64url").slice(0, 22);
}

/** What reads or changes the work on one study follows one another, so that no two changes start from one version. */
export const inTurn = <Result>(library: Library, id: string, work: () => Promise<Result>): Promise<Result> =>
  library.inTurn(`readers’ work on ${id}`, work);

/** Whether a change made from what was seen changes what is kept, and not what came in between. */
export function preconditionHolds({ match, none }: IfMatch, kept: Current | undefined): boolean {
  if (none && kept) return false;
  if (match === undefined) return true;
  return kept !== undefined && (match === "any" || match.includes(kept.version));
}

/**
 * Asked before a call changes what is kept. A call that says nothing of what it has seen may do what loses nothing.
 * @param loses whether the change would replace or remove somebody's work
 * @throws RefusedError changed-meanwhile or version-missing
 */
export function requirePrecondition(seen: IfMatch, kept: Current | undefined, loses: boolean): void {
  if (!preconditionHolds(seen, kept)) throw changedMeanwhile(kept);
  if (loses && kept && seen.match === undefined) {
    throw new RefusedError("version-missing", `${kept.last}, and the call does not say whether it has seen that`, {
      hint: "send the ETag of what was read in If-Match, or If-Match: * to replace whatever is kept",
    });
  }
}

function changedMeanwhile(kept: Current | undefined): RefusedError {
  if (!kept) {
    return new RefusedError("changed-meanwhile", "what this call was made from is no longer kept", {
      hint: "read the study again: further images may have led to another series",
    });
  }
  return new RefusedError(
    "changed-meanwhile",
    `${kept.last}. This call was made from something else, and nothing was changed`,
    {
      hint: "read again what is kept, join your work with it or decide against it, and send the new ETag in If-Match",
    },
  );
}
