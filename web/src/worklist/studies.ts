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

/** Most urgent first: unread positives by probability, then what is being worked on, then the rest, newest first. */
export function byUrgency(a: Study, b: Study): number {
  return urgency(b) - urgency(a) || (b.probability ?? 0) - (a.probability ?? 0) || b.received.localeCompare(a.received);
}

function urgency(study: Study): number {
  const read = study.verdicts.some(({ slab }) => slab === null);
  if (study.decision === "positive" && !read) return 5;
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
