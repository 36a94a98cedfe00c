/** System programs some tests hold our output against, and the Debian package of each. */
export const systemPrograms: Readonly<Record<string, string>> = {
  chromium: "chromium",
  dciodvfy: "dicom3tools",
  dcmdump: "dcmtk",
};
