/**
 * What reports need of the file system: tables and folders of texts.
 *
 *     const reports = await readReports("reports.csv", { id: "accession", text: ["report"] });
 */

export * from "./lexicon-for.ts";
export * from "./read-reports.ts";
