/**
 * What can be decided on a study. Apart from the rest of the room, since the page and the records of a reading room need
 * these words and nothing else of it.
 */
export const decisions = ["positive", "negative", "indeterminate"] as const;

/** At or above the operating point, below it, or nothing that the scan allows to decide. */
export type Decision = (typeof decisions)[number];
