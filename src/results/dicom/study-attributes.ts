/**
 * Whose study it is and when it was made, for worklists and report pages.
 *
 *     const { patient, date } = await studyAttributes(source);
 */
import dcmjs from "dcmjs";
import { z } from "zod";
import type { ByteSource } from "../../volume/index.ts";

export interface StudyAttributes {
  readonly patient: { readonly name: string; readonly id: string };
  /** ISO date, or null where the object gives none. */
  readonly date: string | null;
  readonly description: string;
  readonly hospital: string;
}

const text = z.union([z.string(), z.number()]).transform(String).catch("");
/** dcmjs gives a name as an array of its representations. */
const personName = z
  .union([z.string(), z.array(z.looseObject({ Alphabetic: z.string() })).transform(([name]) => name?.Alphabetic ?? "")])
  .catch("");
const schema = z.object({
  PatientName: personName,
  PatientID: text,
  StudyDate: text,
  StudyDescription: text,
  SeriesDescription: text,
  InstitutionName: text,
});

const pixelData = "7FE00010";

/** Empty texts where the source is no DICOM object or does not say. */
export async function studyAttributes(source: ByteSource): Promise<StudyAttributes> {
  const { PatientName, PatientID, StudyDate, StudyDescription, SeriesDescription, InstitutionName } = schema.parse(
    await readDataset(source),
  );
  const date = /^(\d{4})(\d{2})(\d{2})$/.exec(StudyDate);
  return {
    patient: { name: readableName(PatientName), id: PatientID },
    date: date ? `${date[1]}-${date[2]}-${date[3]}` : null,
    description: StudyDescription || SeriesDescription,
    hospital: InstitutionName,
  };
}

async function readDataset(source: ByteSource): Promise<Record<string, unknown>> {
  const { DicomMessage, DicomMetaDictionary } = dcmjs.data;
  try {
    const content = Uint8Array.from(await source.read()).buffer;
    return DicomMetaDictionary.naturalizeDataset(
      DicomMessage.readFile(content, { untilTag: pixelData, ignoreErrors: true }).dict,
    );
  } catch {
    return {};
  }
}

/** "Doe^Jane^^Dr" as people write it: "Doe, Jane". */
function readableName(name: string): string {
  const [family = "", given = "", middle = ""] = name.split("^").map((part) => part.trim());
  return [family, [given, middle].filter(Boolean).join(" ")].filter(Boolean).join(", ");
}
