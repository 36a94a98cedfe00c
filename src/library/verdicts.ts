/**
 * Readers' verdicts on a study and its findings. None ever takes the place of another, but the last one on a finding is
 * the one that is shown: whoever names the version he has seen is told where another verdict came in between.
 */
import type { Library } from "./library.ts";
import { type Current, type IfMatch, inTurn, requirePrecondition, versionOf } from "./preconditions.ts";
import type { NewVerdict, Study, Verdict } from "./records.ts";

export function keptVerdicts(verdicts: readonly Verdict[]): Current {
  const last = verdicts.at(-1);
  const rows = verdicts.map(({ slab, verdict, reader, note, at }) => [slab, verdict, reader, note, at]);
  return {
    version: versionOf(JSON.stringify(rows)),
    last: last ? `${last.reader} gave a verdict at ${last.at}` : "nobody has given a verdict",
  };
}

/** @throws RefusedError changed-meanwhile where other verdicts were given than were seen */
export function recordVerdict(library: Library, id: string, given: NewVerdict, seen: IfMatch): Promise<Study> {
  return inTurn(library, id, async () => {
    requirePrecondition(seen, keptVerdicts(library.get(id).verdicts), false);
    const at = new Date().toISOString();
    return library.update(id, ({ verdicts, diagnosisId }) => {
      const verdict: Verdict = { ...given, at, diagnosisId };
      return { verdicts: [...verdicts, verdict] };
    });
  });
}
