/** What the page hands to a hospital, held against what the command line writes of the same study with the same model. */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import dcmjs from "dcmjs";
import { unzipSync } from "fflate";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadDetector } from "../../src/diagnosis/index.ts";
import { createRuntime } from "../../src/graph/node/index.ts";
import { readModelFile } from "../../src/model/node/index.ts";
import { diagnoseStudies } from "../../src/results/index.ts";
import type { RunningService } from "../../src/service/index.ts";
import { encodeNifti } from "../../src/volume/index.ts";
import { nodeDecoder } from "../../src/volume/node/index.ts";
import { hasBrowser, launchBrowser } from "../browser.ts";
import { hasProgram } from "../system.ts";
import { button, minutes, openStudy, paint, save } from "./reader.ts";
import { chestImages, openRoom, randomModel, smallChest, temporaryFolder, until, uploadStudy, zipOf } from "./room.ts";

const dataset = (file: Uint8Array) => {
  const { DicomMessage, DicomMetaDictionary } = dcmjs.data;
  return DicomMetaDictionary.naturalizeDataset(DicomMessage.readFile(Uint8Array.from(file).buffer).dict);
};
/** What differs from one diagnosis to the next though nothing else does: its time, and the names that follow from it. */
const ownTime = /^(SOPInstanceUID|SeriesInstanceUID|DimensionOrganizationUID|UID|(Content|Series)(Date|Time))$/;
const timeless = (file: Uint8Array): string =>
  JSON.stringify(dataset(file), (keyword, value: unknown) => {
    if (ownTime.test(keyword)) return undefined;
    return value instanceof ArrayBuffer ? Buffer.from(value).toString("base64") : value;
  });

/** Wide enough that planes and panel stand side by side: nothing scrolls away under the mouse. */
const wide = { width: 1440, height: 900 };

describe.skipIf(!hasBrowser)("handing a study to a hospital", () => {
  const chest = smallChest();
  let browser: Browser;
  let room: RunningService;
  let model: string;

  beforeAll(async () => {
    model = await randomModel();
    room = await openRoom(model);
    browser = await launchBrowser();
  }, 5 * minutes);
  afterAll(async () => {
    await browser?.close();
    await room?.close();
  });

  /** @param patient the identifier, empty where the CT names none @returns the study's id */
  async function diagnosed(patient: string): Promise<string> {
    const study = () => room.library.list().find(({ patient: { id } }) => id === patient);
    await until(() => study()?.state === "done");
    return study()!.id;
  }
  async function downloaded(page: Page): Promise<Record<string, Uint8Array>> {
    const [file] = await Promise.all([page.waitForEvent("download"), button(page, "Download DICOM objects").click()]);
    expect(file.suggestedFilename()).toMatch(/^embolens-[0-9a-f]{8}\.zip$/);
    await page.getByText("Downloaded as a zip").waitFor();
    return unzipSync(readFileSync((await file.path())!));
  }

  test(
    "the page hands out the objects that embolens diagnose --dicom writes, with verdict and annotation",
    async () => {
      const images = chestImages(chest, "objects");
      await uploadStudy(room.address, "objects", zipOf(images));
      const id = await diagnosed("objects");
      const { page } = await openStudy(browser, room, id, (opening) => opening.setViewportSize(wide));
      const plain = await downloaded(page);

      const folder = await temporaryFolder();
      const study = join(folder, "study");
      mkdirSync(study);
      for (const { fileName, bytes } of images) writeFileSync(join(study, fileName), bytes);
      const detector = await loadDetector(await readModelFile(model), await createRuntime({ device: "cpu" }));
      const decoder = nodeDecoder();
      const out = join(folder, "out");
      for await (const { state } of diagnoseStudies([study], { detector, decoder, out, dicom: true })) {
        expect(state).toBe("diagnosed");
      }
      await decoder.close();
      await detector.release();
      expect(Object.keys(plain).sort()).toEqual(["attention.dcm", "key-1.dcm", "key-2.dcm", "key-3.dcm", "report.dcm"]);
      for (const [name, file] of Object.entries(plain)) {
        expect(timeless(file)).toBe(timeless(readFileSync(join(out, name))));
      }

      await page.locator(".study-verdict").getByRole("button", { name: "Reject" }).click();
      await page.locator(".study-verdict").getByText("Dr Reader").waitFor();
      await paint(page, "axial", [0, 0], [30, 0]);
      await save(page);
      await page.getByText("key images and saved annotation").waitFor();
      const full = await downloaded(page);
      expect(Object.keys(full)).toContain("segmentation.dcm");
      const report = timeless(full["report.dcm"]!);
      expect(report).toContain("Dr Reader");
      expect(report).toContain('"CodeMeaning":"Rejected"');
      expect(report).toContain("UNVERIFIED");
      expect(full["attention.dcm"]).toEqual(plain["attention.dcm"]);
      for (const [name, file] of Object.entries(full)) {
        expect(timeless(file)).toMatch(/research use/i);
        if (!hasProgram("dciodvfy")) continue;
        const path = join(folder, name);
        writeFileSync(path, file);
        const verdict = execFileSync("sh", ["-c", `dciodvfy -new "${path}" 2>&1 || true`], { encoding: "utf8" });
        expect(verdict.split("\n").filter((line) => line.startsWith("Error"))).toEqual([]);
      }
      await page.context().close();
    },
    6 * minutes,
  );

  test(
    "a CT that can carry no DICOM objects says so when they are asked for",
    async () => {
      const file = encodeNifti({ geometry: chest.geometry, voxels: chest.voxels, description: "ct" });
      const body = new FormData();
      body.append("files", new Blob([Uint8Array.from(file)]), "plain.nii");
      await fetch(`${room.address}/api/studies`, { method: "POST", body });
      const { page } = await openStudy(browser, room, await diagnosed(""));
      await button(page, "Download DICOM objects").click();
      await page.getByRole("alert").filter({ hasText: "the CT is not a series of DICOM images" }).waitFor();
      await page.context().close();
    },
    6 * minutes,
  );
});
