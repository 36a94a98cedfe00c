/**
 * The studies the server knows, kept up to date by its events.
 */
import { useEffect, useState } from "preact/hooks";
import type { Study } from "../../../src/service/schema.ts";
import { follow, listStudies } from "../api.ts";

export interface StudiesState {
  readonly studies: readonly Study[] | undefined;
  readonly problem: string | undefined;
}

export function useStudies(): StudiesState {
  const [state, setState] = useState<StudiesState>({ studies: undefined, problem: undefined });
  useEffect(() => {
    const load = () =>
      listStudies().then(
        (studies) => setState({ studies, problem: undefined }),
        (error: unknown) =>
          setState((now) => ({ ...now, problem: String(error instanceof Error ? error.message : error) })),
      );
    void load();
    return follow((event) => {
      setState((now) => {
        const others = (now.studies ?? []).filter(
          ({ id }) => id !== (event.type === "study" ? event.study.id : event.id),
        );
        return { problem: undefined, studies: event.type === "study" ? [...others, event.study] : others };
      });
    }, load);
  }, []);
  return state;
}

/** Most urgent first: unread positives by probability, unread indeterminate ones, then what is being worked on, then the rest, newest first. */
export function byUrgency(a: Study, b: Study): number {
  const shown = ({ decision, probability }: Study) => (decision === "indeterminate" ? 0 : (probability ?? 0));
  return urgency(b) - urgency(a) || shown(b) - shown(a) || b.received.localeCompare(a.received);
}

function urgency(study: Study): number {
  const read = study.verdicts.some(({ slab }) => slab === null);
  if (study.decision === "positive" && !read) return 5;
  // Somebody must look at what the program could not decide on; it is no negative.
  if (study.decision === "indeterminate" && !read) return 4.5;
  if (study.state === "running") return 4;
  if (study.state === "waiting") return 3;
  if (study.state === "refused" || study.state === "failed") return 2;
  return read ? 0 : 1;
}

/** Whether every word of the search stands somewhere in the study's texts. */
export function matches(study: Study, search: string): boolean {
  const text = [study.patient.name, study.patient.id, study.date ?? "", study.description, study.hospital]
    .join(" ")
    .toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
