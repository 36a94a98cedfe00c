/**
 * The text of a DICOM structured report: its content tree, a line an item, concept names as headings.
 *
 *     await readStructuredReport(bytes("sr.dcm", content))   // { id: "ACC-1", text: "FINDINGS:\nNo embolus." }
 *
 * DICOM PS3.3 C.17.3 (SR document content), C.18.2 (text). The id is the accession number, else the study's UID.
 */
import type { DataSet } from "dicom-parser";
import { textOf } from "../../volume/dicom/character-sets.ts";
import { openDataSet } from "../../volume/dicom/data-set.ts";
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
  collect(dataSet, lines, 0);
  return { id: textOf(dataSet, tags.accession) || (dataSet.string(tags.study) ?? ""), text: lines.join("\n") };
}

const items = (dataSet: DataSet, tag: string): DataSet[] =>
  (dataSet.elements[tag]?.items ?? []).flatMap(({ dataSet: item }) => (item ? [item] : []));

const meaning = (dataSet: DataSet, tag: string): string => {
  const [code] = items(dataSet, tag);
  return code ? textOf(code, tags.codeMeaning) : "";
};

function collect(dataSet: DataSet, lines: string[], depth: number): void {
  if (depth > deepest) return;
  for (const item of items(dataSet, tags.content)) {
    const name = meaning(item, tags.conceptName);
    const type = item.string(tags.valueType)?.trim() ?? "";
    if (type === "CONTAINER") {
      if (name !== "") lines.push(`${name.toUpperCase()}:`);
    } else {
      const value = itemValue(item, type);
      // A text's concept ("Finding", "Impression") is a heading; a code or number answers its own.
      if (value !== "")
        lines.push(...(type === "TEXT" && name !== "" ? [`${name.toUpperCase()}:`, value] : [`${name}: ${value}`]));
    }
    collect(item, lines, depth + 1);
  }
}

function itemValue(item: DataSet, type: string): string {
  if (type === "TEXT") return textOf(item, tags.textValue);
  if (type === "CODE") return meaning(item, tags.conceptCode);
  if (type !== "NUM") return "";
  const [measured] = items(item, tags.measured);
  return measured?.string(tags.numericValue) ?? "";
}
