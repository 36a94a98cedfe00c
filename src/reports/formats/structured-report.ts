/**
 * The text of a DICOM structured report: its content tree, a line an item, concept names as headings.
 *
 *     await readStructuredReport(bytes("sr.dcm", content))   // { id: "ACC-1", text: "FINDINGS:\nNo embolus." }
 *
 * DICOM PS3.3 C.17.3 (SR document content), C.18.2 (text). The id is the accession number, else the study's UID.
 */
import { decodeDicomText, textOf } from "../../volume/dicom/character-sets.ts";
import { openDataSet } from "../../volume/dicom/data-set.ts";
import type { DataSet } from "../../volume/dicom/elements.ts";
import type { ByteSource } from "../../volume/index.ts";
import type { ReportText } from "./source.ts";

const tags = {
  sopClass: "x00080016",
  accession: "x00080050",
  study: "x0020000d",
  content: "x0040a730",
  conceptName: "x0040a043",
  conceptCode: "x0040a168",
  measured: "x0040a300",
  codeMeaning: "x00080104",
  textValue: "x0040a160",
  numericValue: "x0040a30a",
  valueType: "x0040a040",
} as const;

const structuredReports = "1.2.840.10008.5.1.4.1.1.88.";
/** Trees of real reports are a few levels deep. */
const deepest = 16;

/**
 * @returns undefined where the source is no DICOM structured report
 * @throws RefusedError "file-corrupt", "file-truncated", "too-large"
 */
export async function readStructuredReport(source: ByteSource): Promise<ReportText | undefined> {
  const opened = await openDataSet(source, () => false);
  if (!opened) return undefined;
  const { dataSet } = opened;
  if (!dataSet.string(tags.sopClass)?.startsWith(structuredReports)) return undefined;
  const lines: string[] = [];
  const characterSets = (dataSet.string("x00080005") ?? "").split("\\").map((term) => term.trim());
  collect(dataSet, lines, characterSets, 0);
  return { id: textOf(dataSet, tags.accession) || (dataSet.string(tags.study) ?? ""), text: lines.join("\n") };
}

/** Items do not repeat the character sets that the report declares. */
function textIn(item: DataSet, tag: string, characterSets: readonly string[]): string {
  const element = item.element(tag);
  if (!element || element.length <= 0) return "";
  return decodeDicomText(
    item.byteArray.subarray(element.dataOffset, element.dataOffset + element.length),
    characterSets,
  ).trim();
}

function collect(dataSet: DataSet, lines: string[], characterSets: readonly string[], depth: number): void {
  if (depth > deepest) return;
  const meaning = (item: DataSet, tag: string): string => {
    const [code] = item.items(tag);
    return code ? textIn(code, tags.codeMeaning, characterSets) : "";
  };
  for (const item of dataSet.items(tags.content)) {
    const name = meaning(item, tags.conceptName);
    const type = item.string(tags.valueType)?.trim() ?? "";
    if (type === "CONTAINER") {
      if (name !== "") lines.push(`${name.toUpperCase()}:`);
    } else if (type === "TEXT") {
      // A text's concept ("Finding", "Impression") is a heading; a code or number answers its own.
      if (name !== "") lines.push(`${name.toUpperCase()}:`);
      lines.push(textIn(item, tags.textValue, characterSets));
    } else if (type === "CODE") {
      lines.push(`${name}: ${meaning(item, tags.conceptCode)}`);
    } else if (type === "NUM") {
      lines.push(`${name}: ${item.items(tags.measured)[0]?.string(tags.numericValue)?.trim() ?? ""}`);
    }
    collect(item, lines, characterSets, depth + 1);
  }
}
