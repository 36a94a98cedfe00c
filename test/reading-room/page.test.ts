/** The reading room in a real browser, from upload to overlay, annotation and reading on this computer alone. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { zipSync } from "fflate";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { diagnose, loadDetector, openChestCt } from "../../src/diagnosis/index.ts";
import { createRuntime } from "../../src/graph/node/index.ts";
import { readModelFile } from "../../src/model/node/index.ts";
import type { RunningService } from "../../src/service/index.ts";
import { bytes, readSegmentation, segmentationOn, type Volume } from "../../src/volume/index.ts";
import { nodeDecoder } from "../../src/volume/node/index.ts";
import { hasBrowser, launchBrowser } from "../browser.ts";
import { hasProgram } from "../system.ts";
import { tool } from "./reader.ts";
import {
  chestImages,
  openRoom,
  randomModel,
  root,
  smallChest,
  temporaryFolder,
  until,
  uploadStudy,
  zipOf,
} from "./room.ts";

const realCt = join(root, "..", "shared", "data", "ct-philips-5mm");
const minutes = 60_000;

/** What is dropped: a real chest where there is one, else a synthetic one. */
function studyToDrop(chest: Volume): Uint8Array<ArrayBuffer> {
  if (!existsSync(realCt)) {
    console.warn("no real CT beside this checkout: a synthetic one is dropped on the page");
    return zipOf(chestImages(chest, "dropped"));
  }
  const files = readdirSync(realCt).filter((name) => name.endsWith(".dcm"));
  return Uint8Array.from(
    zipSync(Object.fromEntries(files.map((name) => [name, readFileSync(join(realCt, name))])), { level: 0 }),
  );
}

describe.skipIf(!hasBrowser)("the reading room", () => {
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

  async function openPage(): Promise<Page> {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    page.on("pageerror", (error) => {
      throw error;
    });
    page.on("dialog", (dialog) => void dialog.accept("Dr Reader"));
    return page;
  }
  const ready = (page: Page) => page.waitForSelector('.reading[data-ready="yes"]', { timeout: 3 * minutes });

  test(
    "an uploaded study appears on the worklist, is diagnosed while watched, and opens with its attention",
    async () => {
      const page = await openPage();
      await page.goto(room.address);
      await page.getByText("No studies yet").waitFor();
      const file = join(await temporaryFolder(), "study.zip");
      await writeFile(file, zipOf(chestImages(chest, "first")));
      await page.setInputFiles('input[aria-label="DICOM files or zip"]', file);
      await page.locator("tr.study", { hasText: "first" }).waitFor();
      await page.locator("tr.study .probability").waitFor({ timeout: 3 * minutes });
      await page.click("tr.study .patient");
      await ready(page);
      expect(await page.locator(".strip .slab").count()).toBe(8);
      expect(await page.textContent(".answer")).toContain("Research use, not a medical device");
      expect(await page.locator(".attention input[type=checkbox]").isChecked()).toBe(true);
      await page.close();
    },
    6 * minutes,
  );

  test(
    "every tool can be reached and chosen by keyboard",
    async () => {
      const page = await openPage();
      await page.goto(room.address);
      await page.click("tr.study .patient");
      await ready(page);
      for (const [key, name] of [
        ["w", "Window"],
        ["l", "Measure"],
        ["h", "HU probe"],
        ["c", "Crosshair"],
      ] as const) {
        await page.keyboard.press(key);
        expect(await tool(page)).toContain(name);
      }
      const slice = () => page.locator(".plane.axial .plane-facts").textContent();
      const before = await slice();
      await page.keyboard.press("ArrowDown");
      await until(async () => (await slice()) !== before);
      await page.keyboard.press("2");
      await until(async () => (await slice())!.includes("L -600 W 1500"));
      await page.close();
    },
    6 * minutes,
  );

  test(
    "an annotation drawn with the mouse comes back after a reload, and as a segmentation on those voxels",
    async () => {
      const page = await openPage();
      await page.goto(room.address);
      await page.click("tr.study .patient");
      await ready(page);
      await page.keyboard.press("b");
      // The brush waits for the annotation that is kept.
      await until(async () => (await tool(page))!.includes("Brush"));
      const canvas = (await page.locator(".plane.axial canvas").boundingBox())!;
      const [x, y] = [canvas.x + canvas.width / 2, canvas.y + canvas.height / 2];
      await page.mouse.move(x, y);
      await page.mouse.down();
      await page.mouse.move(x + 30, y, { steps: 4 });
      await page.mouse.up();
      await page.getByText("Not saved yet").waitFor();
      await page.getByRole("button", { name: "Save" }).click();
      await until(() => room.library.list()[0]!.annotatedSlices.length === 1);

      const study = room.library.list()[0]!;
      const mask = async () =>
        new Uint8Array(await (await fetch(`${room.address}/api/studies/${study.id}/annotation`)).arrayBuffer());
      const painted = await mask();
      const [columns, rows] = chest.geometry.size;
      const set = [...painted.keys()].filter((voxel) => painted[voxel] === 1);
      expect(set.length).toBeGreaterThan(3);
      const slices = new Set(set.map((voxel) => Math.floor(voxel / (columns * rows))));
      expect([...slices]).toEqual(study.annotatedSlices);
      // The stroke began in the middle of the axial plane, which shows the middle of the image.
      const middle = Math.floor(columns / 2) + columns * (Math.floor(rows / 2) + rows * study.annotatedSlices[0]!);
      expect([middle, middle - 1, middle - columns, middle - columns - 1].some((voxel) => painted[voxel] === 1)).toBe(
        true,
      );

      const file = join(await temporaryFolder(), "segmentation.dcm");
      const response = await fetch(`${room.address}/api/studies/${study.id}/annotation.dcm`);
      await writeFile(file, new Uint8Array(await response.arrayBuffer()));
      const segmentation = await readSegmentation(bytes("segmentation.dcm", new Uint8Array(readFileSync(file))));
      expect(segmentationOn(chest.geometry, segmentation).mask.voxels).toEqual(painted);
      if (hasProgram("dciodvfy")) {
        const verdict = execFileSync("sh", ["-c", `dciodvfy -new "${file}" 2>&1 || true`], { encoding: "utf8" });
        expect(verdict.split("\n").filter((line) => line.startsWith("Error"))).toEqual([]);
      }

      await page.reload();
      await ready(page);
      await page.getByText("1 slice annotated").waitFor();
      await page.close();
    },
    6 * minutes,
  );

  test(
    "a study dropped on the page gets the probability of embolens diagnose, and nothing is sent",
    async () => {
      const zip = studyToDrop(chest);
      const decoder = nodeDecoder();
      const detector = await loadDetector(await readModelFile(model), await createRuntime({ device: "cpu" }));
      const expected = (await diagnose(await openChestCt([bytes("study.zip", zip)], { decoder }), detector)).document;
      await decoder.close();
      await detector.release();

      const page = await openPage();
      const sent: string[] = [];
      page.on("request", (request) => {
        const own = request.url().startsWith(room.address) || /^(blob|data):/.test(request.url());
        if (request.method() !== "GET" || request.postData() !== null || !own)
          sent.push(`${request.method()} ${request.url()}`);
      });
      await page.goto(`${room.address}/#/local`);
      const file = join(await temporaryFolder(), "study.zip");
      await writeFile(file, zip);
      await page.setInputFiles('input[aria-label="Images or a zip"]', file);
      await ready(page);
      const probabilities = await page.locator(".reading").getAttribute("data-probability");
      expect(Math.abs(Number(probabilities) - expected.probability)).toBeLessThan(1e-4);
      expect(sent).toEqual([]);
      await page.close();
    },
    8 * minutes,
  );

  test(
    "what is no CT is refused on the page with the reason",
    async () => {
      const page = await openPage();
      await page.goto(`${room.address}/#/local`);
      const file = join(await temporaryFolder(), "letter.txt");
      await writeFile(file, "Dear colleague");
      await page.setInputFiles('input[aria-label="Images or a zip"]', file);
      await page.locator("[role=alert]", { hasText: "letter.txt" }).waitFor({ timeout: 2 * minutes });
      await page.close();
    },
    4 * minutes,
  );

  test(
    "the study on the worklist is confirmed by who reads it",
    async () => {
      const page = await openPage();
      await uploadStudy(room.address, "second", zipOf(chestImages(chest, "second")));
      const id = room.library.list().find(({ patient }) => patient.id === "first")!.id;
      await page.goto(`${room.address}/#/study/${id}`);
      await ready(page);
      await page.locator(".study-verdict").getByRole("button", { name: "Confirm" }).click();
      await page.locator(".study-verdict", { hasText: "Dr Reader" }).waitFor();
      expect(await page.textContent(".header")).toContain("Reading as Dr Reader");
      expect(room.library.get(id).verdicts).toMatchObject([{ slab: null, verdict: "confirmed", reader: "Dr Reader" }]);
      await page.close();
    },
    4 * minutes,
  );

  test(
    "a verdict that another reader gave in between is shown, and one's own is given beside it when pressed again",
    async () => {
      const id = room.library.list().find(({ patient }) => patient.id === "first")!.id;
      const page = await openPage();
      await page.goto(`${room.address}/#/study/${id}`);
      await ready(page);
      const give = (reader: string, slab: number | null) =>
        fetch(`${room.address}/api/studies/${id}/verdicts`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ slab, verdict: "confirmed", reader }),
        });
      const given = room.library.get(id).verdicts.length;
      await give("Dr Two", null);
      const verdict = page.locator(".study-verdict");
      await verdict.getByRole("button", { name: "Reject" }).click();
      await verdict
        .getByRole("alert")
        .filter({ hasText: /^Not given: Dr Two confirmed this today at/ })
        .waitFor();
      expect(await verdict.getByRole("button", { name: "Confirm" }).getAttribute("aria-pressed")).toBe("true");
      expect(room.library.get(id).verdicts).toHaveLength(given + 1);
      // A verdict on another finding is no obstacle.
      await give("Dr Two", 999);
      await verdict.getByRole("button", { name: "Reject" }).click();
      await verdict.getByRole("alert").waitFor({ state: "detached" });
      expect(room.library.get(id).verdicts.at(-1)).toMatchObject({ verdict: "rejected", reader: "Dr Reader" });
      await page.close();
    },
    4 * minutes,
  );
});
