/** Tells a full, read-only or broken disk from other failures: only then can the person who sent something do nothing about it. */

const reasons: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full",
  EDQUOT: "the disk is full",
  EROFS: "the disk is read-only",
  EACCES: "the folder must not be written",
  EPERM: "the folder must not be written",
  EIO: "the disk fails",
};

const codeOf = (error: unknown): string | undefined =>
  error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;

/** Why what was to be saved could not be; undefined where the disk is not at fault. */
export function unwritableReason(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = codeOf(error);
  return (code === undefined ? undefined : reasons[code]) ?? unwritableReason(error.cause);
}
