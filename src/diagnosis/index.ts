/**
 * The diagnosis room: a study becomes a diagnosis. Files are read and the series chosen, the scan's quality is judged,
 * the network sees its slabs, and what it found is laid back on the CT.
 *
 *     const chest = await openChest(sources, { decoder });
 */
export { type Chest, chestOf, openChest } from "./chest.ts";
