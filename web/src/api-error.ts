/** An error that the server answered with: its code, and its sentence for people. */
export class ApiError extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** Whether somebody saved after what a call was made from. */
export const isConflict = (error: unknown): boolean => error instanceof ApiError && error.code === "changed-meanwhile";
