/** Tells a full disk from other failures: only then can the person who sent something do nothing about it. */

/** Whether the disk, or somebody's share of it, is full. */
export function isDiskFull(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as NodeJS.ErrnoException;
  return code === "ENOSPC" || code === "EDQUOT" || isDiskFull(error.cause);
}
