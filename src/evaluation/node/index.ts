/**
 * What evaluation needs of the file system: score files.
 *
 *     const { labels, models } = await readScores("scores.csv", { label: "label" });
 */
export * from "./score-file.ts";
