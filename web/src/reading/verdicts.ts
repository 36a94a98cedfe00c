/**
 * Giving a verdict beside other readers, who give theirs at the same time.
 *
 *     const { given, between } = await giveBeside(server, shown, verdict);
 */
import type { NewVerdict, Verdict } from "../../../src/service/schema.ts";
import type { GivenVerdicts } from "../api.ts";
import { isConflict } from "../api-error.ts";

export interface VerdictServer {
  readonly read: () => Promise<GivenVerdicts>;
  /** @throws a conflict where other verdicts are kept than those of that version */
  readonly give: (verdict: NewVerdict, version: string) => Promise<void>;
}

export interface SideBySideFields {
  /** The verdicts as they are kept now. */
  readonly given: GivenVerdicts;
  /** Another's verdict on the same finding that was not shown; where there is one, the new one was not given. */
  readonly between: Verdict | undefined;
}

export const lastOn = (verdicts: readonly Verdict[], slab: number | null): Verdict | undefined =>
  verdicts.findLast((verdict) => verdict.slab === slab);

/** So many others would have to come in between before it is given up. */
const tries = 5;

/** Gives a verdict unless another on the same finding came in between; those on other findings don't concern it. */
export async function giveBeside(
  server: VerdictServer,
  shown: GivenVerdicts,
  verdict: NewVerdict,
  left = tries,
): Promise<SideBySideFields> {
  try {
    await server.give(verdict, shown.version);
  } catch (error) {
    if (!isConflict(error) || left === 0) throw error;
    const given = await server.read();
    const between = lastOn(given.verdicts, verdict.slab);
    if (between?.at !== lastOn(shown.verdicts, verdict.slab)?.at) return { given, between };
    return giveBeside(server, given, verdict, left - 1);
  }
  return { given: await server.read(), between: undefined };
}
