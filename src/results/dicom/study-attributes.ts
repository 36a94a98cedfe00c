/**
 * Whose study it is and when it was made, for worklists and report pages.
 *
 *     const { patient, date } = await studyAttributes(source);
 */
import type { ByteSource } from "../../volume/index.ts";
import { headerOf } from "./header.ts";

export interface StudyAttributes {
  readonly patient: { readonly name: string; readonly id: string };
  /** ISO date, or null where the object gives none. */
  readonly date: string | null;
  readonly description: string;
  readonly hospital: string;
}

/** Empty texts where the source is no DICOM object or does not say. */
export async function studyAttributes(source: ByteSource): Promise<StudyAttributes> {
  const header = await headerOf(source);
  const text = (keyword: Parameters<NonNullable<typeof header>["text"]>[0]) => header?.text(keyword) ?? "";
  const date = /^(\d{4})(\d{2})(\d{2})$/.exec(text("StudyDate"));
  return {
    patient: { name: readableName(text("PatientName")), id: text("PatientID") },
    date: date ? `${date[1]}-${date[2]}-${date[3]}` : null,
    description: text("StudyDescription") || text("SeriesDescription"),
    hospital: text("InstitutionName"),
  };
}

/** "Doe^Jane^^Dr" as people write it: "Doe, Jane"; of a name in several scripts the first one. */
function readableName(name: string): string {
  const script = name.split("=").find((group) => group.replaceAll("^", "").trim() !== "") ?? "";
  const [family = "", given = "", middle = ""] = script.split("^").map((part) => part.trim());
  return [family, [given, middle].filter(Boolean).join(" ")].filter(Boolean).join(", ");
}
