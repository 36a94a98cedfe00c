/**
 * Whether a DICOM object is a slice of a CT reconstruction, and every reason why it isn't.
 *
 *     refusals(object)    // [{ code: "localiser", message: "…" }], or [] for a slice we can use
 *
 * Looks at one object alone; what slices are to each other is decided in stack.ts. Sources: DICOM PS3.3 C.8.2.1.1.1
 * (Image Type of CT), C.8.6 (secondary capture), PS3.4 annex B (SOP classes).
 */
import { RefusedError, type Warning } from "../../errors.ts";
import type { DicomObject, Frame } from "../dicom/image.ts";
import { checkLength, storedFormat } from "../dicom/pixel-data.ts";
import type { Triple } from "../geometry.ts";

/** Names of the SOP classes that hold CT reconstructions, by identifier. */
export const ctClasses: ReadonlyMap<string, string> = new Map([
  ["1.2.840.10008.5.1.4.1.1.2", "CT Image"],
  ["1.2.840.10008.5.1.4.1.1.2.1", "Enhanced CT Image"],
  ["1.2.840.10008.5.1.4.1.1.2.2", "Legacy Converted Enhanced CT Image"],
]);
const secondaryCaptureClass = "1.2.840.10008.5.1.4.1.1.7";
const encapsulatedClass = "1.2.840.10008.5.1.4.1.1.104";
const directoryClass = "1.2.840.10008.1.3.10";

/**
 * Rescale Type of values that are HU, however it is spelled, and of values whose writer doesn't say; letters only.
 * HU_MOD, "modified", is what is left when a material was computed away: refused for that, not for its unit.
 */
const hounsfieldUnits = /^(HU|HUMOD|CT|CTHU|HO?UN?D?S?FIELD.*|US|UNSPECIFIED|NONE|NA|)$/;

/** Words in Image Type, third value and after. */
const localiserWords = /\b(LOCALI[SZ]ER|SCOUT|TOPOGRAM|SURVIEW|SCANOGRAM)\b/;
const reformatWords =
  /\b(REFORMATT?(ED)?|C?MPR|CPR|CURVED|(MAX ?|MIN ?|M|MEAN ?|AVE?R?A?G?E? ?|A)IP|(MAXIMUM|MINIMUM|MEAN|AVERAGE) INTENSITY|PROJECTION IMAGE|VRT|(VOLUME|SURFACE) RENDER(ED|ING)?|VOLREN|RENDERING)\b/;
/** A material computed away, or a map of one: iodine no longer shows as it was. */
const computedWords =
  /\b(MAT (REMOVED|MODIFIED|SPECIFIC|FRACTIONAL|VALUE BASED)|EFF ATOMIC NUM|ELECTRON DENSITY|VNC|VUE|VIRTUAL (NON ?CONTRAST|UNENHANCED|NATIVE))\b/;
const computedDescription = /\bVNC\b|\bvirtual[ _-]?(non|un|native)/i;
const doseWords = /\b(DOSE|SCREEN SAVE|PROTOCOL)\b|DOSE ?(INFO|REPORT|RECORD|SHEET)|CSA REPORT/;
const doseDescription =
  /\bdose\b.*\b(report|info|record|sheet|summary)\b|\bpatient protocol\b|\bexam(ination)? protocol\b/i;

/** A catalogue of other files, which is neither image nor worth a word. */
export const isDirectory = ({ sopClass }: DicomObject): boolean => sopClass === directoryClass;

/** Every reason why none of the object's frames can be used; empty when they can. */
export function refusals(object: DicomObject): Warning[] {
  const { source, sopClass, modality, pixels } = object;
  const reasons: Warning[] = [];
  const refuse = (code: Warning["code"], what: string) => reasons.push({ code, message: `${source.name}: ${what}` });
  const isCtClass = ctClasses.has(sopClass);
  if (sopClass.startsWith(encapsulatedClass)) {
    refuse("not-an-image", "holds an encapsulated document, not an image");
    return reasons;
  }
  if (modality !== "CT") refuse("not-ct", `is of modality ${modality || "(none)"}, not CT`);
  if (!pixels) {
    if (isCtClass) refuse("pixel-data-missing", "holds no pixel data");
    else refuse("not-an-image", "is a document, report or other object without an image");
    return reasons;
  }
  const [frame] = object.frames;
  const imageType = (frame?.imageType ?? []).map((value) => value.toUpperCase());
  const detail = imageType.slice(2).join("\\").replace(/[_-]+/g, " ");
  const captured = sopClass === secondaryCaptureClass || sopClass.startsWith(`${secondaryCaptureClass}.`);
  if (doseWords.test(detail) || doseDescription.test(object.seriesDescription)) {
    refuse("dose-sheet", "is a dose or protocol sheet");
  } else if (captured || (imageType[1] === "SECONDARY" && object.conversionType !== "" && !isCtClass)) {
    refuse("secondary-capture", "is a screen capture");
  } else if (pixels.samplesPerPixel !== 1 || !/^MONOCHROME[12]$/.test(pixels.photometricInterpretation)) {
    refuse("secondary-capture", `is a colour image (${pixels.photometricInterpretation || "unnamed"})`);
  }
  if (localiserWords.test(detail)) refuse("localiser", "is a localiser");
  if (reformatWords.test(detail)) refuse("reformat", `was derived by reformatting (${detail})`);
  const unit = frame?.rescaleType?.toUpperCase();
  if (unit === "HU_MOD" || computedWords.test(detail) || computedDescription.test(object.seriesDescription)) {
    refuse(
      "material-computed",
      `shows a material computed away or alone (${unit === "HU_MOD" ? unit : detail || object.seriesDescription})`,
    );
  }
  if (object.frames.every(({ pixelSpacing }) => !pixelSpacing || pixelSpacing.some((side) => !(side > 0)))) {
    refuse("spacing-missing", "does not give its pixel spacing");
  }
  if (object.frames.every(({ position, orientation }) => !position || !orientation)) {
    refuse("position-missing", "does not give its position and orientation");
  }
  if (
    modality === "CT" &&
    object.frames.every(({ slope, intercept }) => slope === undefined || intercept === undefined)
  ) {
    refuse("rescale-missing", "does not give rescale slope and intercept, so its numbers are not HU");
  }
  if (unit !== undefined && !hounsfieldUnits.test(unit.replace(/[^A-Z]/g, ""))) {
    refuse("rescale-missing", `holds values in ${unit}, not HU`);
  }
  if (reasons.length === 0) {
    try {
      storedFormat(object);
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      reasons.push({ code: error.code, message: error.message });
    }
  }
  return reasons;
}

/** Why this frame alone can't be used though its object's kind can, or undefined. */
export function frameRefusal(object: DicomObject, frame: Frame): Warning | undefined {
  const { name } = object.source;
  const { position, orientation, pixelSpacing, slope, intercept } = frame;
  if (!position || !orientation) return { code: "position-missing", message: `${name}: a slice has no position` };
  if (!pixelSpacing || pixelSpacing.some((side) => !(side > 1e-3 && side < 100))) {
    return { code: "spacing-missing", message: `${name}: a slice has no possible pixel spacing` };
  }
  if (slope === undefined || intercept === undefined || slope === 0) {
    return { code: "rescale-missing", message: `${name}: a slice has no rescale slope or intercept` };
  }
  if (!isOrthonormal(orientation) || position.some((part) => Math.abs(part) > 1e5)) {
    return { code: "geometry-invalid", message: `${name}: its orientation or position is not a possible one` };
  }
  try {
    checkLength(object);
  } catch (error) {
    if (error instanceof RefusedError) return { code: error.code, message: error.message };
    throw error;
  }
  return undefined;
}

/** Direction cosines are written with five or six digits. */
function isOrthonormal([row, column]: readonly [Triple, Triple]): boolean {
  const across = row[0] * column[0] + row[1] * column[1] + row[2] * column[2];
  return (
    Math.abs(Math.hypot(...row) - 1) < 1e-2 && Math.abs(Math.hypot(...column) - 1) < 1e-2 && Math.abs(across) < 1e-2
  );
}
