/** System programs some tests hold our output against, and the Debian package of each. */
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

export const systemPrograms: Readonly<Record<string, string>> = {
  chromium: "chromium",
  dciodvfy: "dicom3tools",
  dcmdump: "dcmtk",
  dsrdump: "dcmtk",
  opj_compress: "libopenjp2-tools",
};

export function hasProgram(program: string): boolean {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => existsSync(join(folder, program)));
}
