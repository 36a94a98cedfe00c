/** What a reader of a format gives back: the reports, and what it left out and why. */
export interface ReportText {
  readonly id: string;
  readonly text: string;
  /** The cell of the truth column, where one was asked for. */
  readonly truth?: string;
  /** Cells of columns named like a label's attributes, where a truth was asked for. */
  readonly attributes?: Readonly<Record<string, string>>;
}

export interface ReadReports {
  readonly reports: readonly ReportText[];
  /** Sentences about rows, messages or documents that were left out, and about ids that name nothing or two things. */
  readonly notes: readonly string[];
}
