/**
 * Embolens as a library: reading CT and diagnosing it. The other rooms have doors of their own (`embolens/graph`,
 * `embolens/model`, `embolens/evaluation`, ...), and what needs Node lies behind theirs (`embolens/volume/node`).
 *
 *     import { bytes, readStudy } from "embolens";
 *     const { series } = await readStudy([bytes("slice.dcm", content)], { decoder });
 *
 * Nothing here touches a Node API, so a bundler can take it into a page. Research use, not a medical device.
 */
export * from "./diagnosis/index.ts";
export * from "./volume/index.ts";
