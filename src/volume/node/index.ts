/**
 * The volume room's door for programs on Node: files and folders, and decoding in worker threads.
 *
 *     const sources = await openPaths(["/data/study"]);
 *     const decoder = nodeDecoder();
 *     const study = await scanStudy(sources);
 *     const volume = await readVolume(chooseSeries(study.series)!, { decoder });
 *     await decoder.close();
 */
export { nodeCodecModules, nodeDecoder } from "./decoder.ts";
export { diskFile, openPaths } from "./files.ts";
