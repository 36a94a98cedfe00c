/**
 * How long work tells where it is, without knowing who listens.
 *
 *     onProgress?.({ label: "decoding", done: 120, total: 300, unit: "slices" });
 *
 * The command line draws a bar from it, the reading room a line on the page, a test collects it.
 */
export interface Progress {
  /** What is being done, in one or two words. */
  readonly label: string;
  readonly done: number;
  readonly total: number;
  /** What is being counted, plural. */
  readonly unit: string;
  /** Figures worth showing beside the bar: loss, accuracy. */
  readonly figures?: Readonly<Record<string, number>>;
}

export type OnProgress = (progress: Progress) => void;
