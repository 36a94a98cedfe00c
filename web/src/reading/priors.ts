/** Which of the kept studies are earlier ones of the same patient. */
import type { Study } from "../../../src/service/schema.ts";

/**
 * Newest first. An identifier alone may be another hospital's for somebody else, so the name must be the same as well;
 * a study without an identifier has no priors.
 */
export function priorsOf(study: Study, studies: readonly Study[]): Study[] {
  const { id, name } = study.patient;
  if (id === "") return [];
  const isSamePatient = ({ patient }: Study) => patient.id === id && plain(patient.name) === plain(name);
  return studies
    .filter((one) => one.id !== study.id && isSamePatient(one))
    .filter(({ date }) => date === null || study.date === null || date <= study.date)
    .sort((a, b) => (b.date ?? "").localeCompare(a.date ?? ""));
}

const plain = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim();
