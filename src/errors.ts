/**
 * Every error the program raises on purpose: a code for machines, a sentence for people, a way out.
 *
 *     throw new RefusedError("slices-missing", `${series}: no slice between z = ${a} mm and ${b} mm`, {
 *       hint: "export the series again from the scanner or the PACS",
 *     });
 *
 * The class says who has to act and carries the exit code: the input (3), the call (2), or the program and its
 * surroundings (1). Anything else that reaches the top is a defect of ours and is shown as one.
 */

/** What each code means. A code appears here before it is thrown, so this table is the list for the manual. */
export const errorCodes = {
  // surroundings
  "file-missing": "a named file or folder does not exist",
  "file-unreadable": "a file exists but cannot be read",
  "file-unwritable": "a result cannot be written",
  "out-of-memory": "the work needs more memory than there is",
  interrupted: "the work was stopped on request; what was finished is kept",
  // the call
  "option-invalid": "an option has a value outside its range",
  "option-conflict": "two options contradict each other",
  "command-unknown": "there is no such command",
  // volume: files
  "empty-input": "there is nothing to read in the named place",
  "format-unknown": "the bytes are of no format we read",
  "file-truncated": "the file ends before its contents do",
  "file-corrupt": "the file contradicts itself or its format",
  "file-irregular": "the file departs from its format in a way that is read all the same",
  "archive-unsafe": "an archive holds a path or a size that no honest archive has",
  "too-large": "a declared size is beyond what we accept",
  "transfer-syntax-unsupported": "the pixel data are encoded in a way we do not decode",
  "pixel-data-missing": "the object has no pixel data",
  "pixel-data-truncated": "the pixel data are shorter than rows x columns require",
  // volume: series
  "not-ct": "the object is not a CT image",
  "not-an-image": "the object is a document or report, not an image",
  "secondary-capture": "the image is a screen capture, not a reconstruction",
  localiser: "the image is a localiser (scout)",
  reformat: "the image was derived by reformatting",
  "material-computed": "the image was computed from several energies, with a material removed or alone",
  "dose-sheet": "the image is a dose or protocol sheet",
  "spacing-missing": "pixel spacing is not given",
  "position-missing": "image position or orientation is not given",
  "rescale-missing": "rescale slope or intercept is not given, so the numbers are not HU",
  "geometry-invalid": "spacing, position or orientation is not a possible geometry",
  "orientation-mixed": "slices of one series point in different directions",
  "matrix-mixed": "slices of one series have different matrices or spacings",
  "series-mixed": "one series identifier stands on slices of several patients, studies, reconstructions or phases",
  "acquisition-second": "slices belong to a second acquisition over the same range",
  "slice-duplicate": "two slices lie at the same position",
  "slices-missing": "the gap between two slices is more than 1.5 x the spacing",
  "slices-uneven": "slices are unevenly spaced",
  "slices-too-few": "there are too few slices to make a volume",
  "gantry-tilt": "slices are sheared against their normal",
  "not-axial": "the series is not axial",
  "lungs-not-found": "no lungs were found",
  "coverage-incomplete": "the scan does not cover the whole lung",
  "lung-opaque": "one lung holds hardly any air",
  "contrast-missing": "the great vessels hold no contrast",
  "contrast-poor": "the great vessels hold little contrast",
  "series-none": "no series in the study can be judged",
  // cohort and training
  "cohort-invalid": "a cohort file does not follow its schema",
  "split-leakage": "one patient, study or series stands in two splits",
  "annotation-invalid": "an annotation does not fit its study",
  "store-invalid": "a folder is not a prepared store we can read",
  "store-mismatch": "a prepared store was made with other settings than asked for",
  "data-insufficient": "there are not the studies that the work needs",
  "run-mismatch": "a run folder holds a run with other settings",
  "loss-not-finite": "the training loss became infinite or not a number",
  "weights-not-finite": "a trained value became infinite or not a number",
  // weight and model files
  "checkpoint-unsafe": "a checkpoint asks for code, which no list of weights needs",
  "tensor-missing": "a tensor that is needed is not in the file",
  "tensor-unexpected": "the file holds a tensor that the network does not have",
  "tensor-mismatch": "a tensor has another shape or type than the network needs",
  "model-invalid": "the file is no model of ours, or its settings contradict each other",
  "model-version": "the model was written by a newer version of the program",
  "model-kind": "the model is of another kind than this work needs",
  // experiment
  "study-not-made": "a synthetic study could not be made",
  // evaluation
  "studies-seen": "the model has learned from the patients it should be judged on, or was chosen on them",
  "scores-invalid": "a score is missing, not a finite number, or not of the cases it is compared on",
  "labels-invalid": "a label is neither positive nor negative",
  "column-missing": "a table lacks a column the work needs",
  "one-class": "all cases are positive or all are negative, so nothing can be told apart",
  // graph
  "shape-mismatch": "the shapes of two tensors do not fit the operation",
  "type-mismatch": "a tensor holds another kind of number than the operation needs",
  "name-taken": "two inputs, parameters or outputs of a graph have the same name",
  "graph-invalid": "a graph is used in a way it was not built for",
  "input-missing": "a graph was run without one of its inputs",
  "state-mismatch": "saved values do not fit the parameters of the graph",
  "device-missing": "the device asked for is not there",
  "device-failed": "the device stopped with an error",
  "operation-unsupported": "the device cannot compute one of the operations",
  // service
  "study-unknown": "the reading room has no such study",
  "study-known": "the study is in the reading room already",
  "annotation-missing": "nobody has annotated the study",
  "changed-meanwhile": "what was to be changed was changed by somebody else in between",
  "version-missing": "a change that would replace somebody's work does not say which version it was made from",
  "request-invalid": "a request to the server is not of its form",
  "address-unavailable": "the server cannot listen on the named address",
  "backup-damaged": "a file of a backup is missing or not as it was written",
  "backup-unfinished": "a study changed each time it was copied",
  "file-damaged": "a file of the reading room is not as it was written",
  "model-unloadable": "the model that judges cannot be loaded",
  "library-in-use": "another server holds the folder of the reading room",
  "too-busy": "the server does as much at once as it takes on",
  "account-unknown": "the reading room has no such user or token",
  "account-known": "the reading room has a user or token of that name already",
  "provider-unreachable": "the OpenID provider can't be asked, or is none",
  "audit-broken": "the audit log is not as it was written",
  "not-allowed": "the caller may not do this",
  // results
  "segmentation-source-missing": "the images a DICOM result refers to are not there",
  "segmentation-source-mixed": "the images a DICOM result would refer to do not belong together",
} as const satisfies Record<string, string>;

export type ErrorCode = keyof typeof errorCodes;

export interface ErrorDetails {
  /** What the reader can do about it, as an imperative sentence. */
  readonly hint?: string;
  readonly cause?: unknown;
}

/** The common shape; throw one of its three kinds instead. */
export abstract class EmbolensError extends Error {
  abstract readonly exitCode: 1 | 2 | 3;
  readonly code: ErrorCode;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? {} : { cause: details.cause });
    this.code = code;
    this.hint = details.hint;
    this.name = new.target.name;
  }
}

/** The input is at fault: a file, a series, a cohort, a model. Exit code 3. */
export class RefusedError extends EmbolensError {
  readonly exitCode = 3;
}

/** The call is at fault: an option, an argument, a command. Exit code 2. */
export class UsageError extends EmbolensError {
  readonly exitCode = 2;
}

/** The program or its surroundings failed: disk, memory, device. Exit code 1. */
export class FailedError extends EmbolensError {
  readonly exitCode = 1;
}

/** A finding that does not stop the work but travels with its result. */
export interface Warning {
  readonly code: ErrorCode;
  readonly message: string;
}
