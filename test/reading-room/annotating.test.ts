/** Measuring and painting in a real browser: what a reader draws belongs to one patient, and none of it is lost. */
import { gzipSync } from "node:zlib";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RunningService } from "../../src/service/index.ts";
import { hasBrowser, launchBrowser } from "../browser.ts";
import {
  addBlock,
  annotated,
  area,
  button,
  drag,
  lookedAt,
  minutes,
  openStudy,
  paint,
  ready,
  save,
  slices,
  slicesOf,
  tool,
} from "./reader.ts";
import { openUndiagnosedRoom, until } from "./room.ts";

describe.skipIf(!hasBrowser)("annotating", () => {
  let browser: Browser;
  let room: RunningService;

  beforeAll(async () => {
    room = await openUndiagnosedRoom();
    browser = await launchBrowser();
  }, 5 * minutes);
  afterAll(async () => {
    await browser?.close();
    await room?.close();
  });

  const addStudy = (name: string) => addBlock(room, name);
  const openReading = (id: string, prepare?: (page: Page) => Promise<unknown>) => openStudy(browser, room, id, prepare);
  async function keptMask(id: string): Promise<Uint8Array> {
    const response = await fetch(`${room.address}/api/studies/${id}/annotation`);
    return new Uint8Array(await response.arrayBuffer());
  }
  /** Keeps an annotation of another reader: one voxel row of slice 3. */
  async function annotate(id: string): Promise<Uint8Array> {
    const mask = new Uint8Array(area * slices).fill(1, 3 * area + 500, 3 * area + 520);
    const response = await fetch(`${room.address}/api/studies/${id}/annotation?slices=3&reader=First`, {
      method: "PUT",
      headers: { "content-type": "application/octet-stream" },
      body: gzipSync(mask),
    });
    expect(response.status).toBe(200);
    return mask;
  }

  test(
    "a measurement on one patient is never drawn on another",
    async () => {
      const [anna, bert] = [await addStudy("Anna"), await addStudy("Bert")];
      const { page } = await openReading(anna);
      const measured = () => page.locator(".plane svg text", { hasText: "mm" }).count();
      await page.keyboard.press("l");
      await drag(page, "axial", [-60, -60], [60, -20]);
      await until(async () => (await measured()) > 0);

      await page.goto(`${room.address}/#/study/${bert}`);
      await page.locator("h1", { hasText: "Bert" }).waitFor();
      await ready(page);
      // Neither by itself, nor by taking back or repeating what was done on the other patient.
      for (const key of ["1", "Control+z", "Control+y"]) {
        await page.keyboard.press(key);
        await page.waitForTimeout(500);
        expect(await measured()).toBe(0);
      }
      // A measurement of his own is drawn.
      await page.keyboard.press("l");
      await drag(page, "axial", [-60, -60], [60, -20]);
      await until(async () => (await measured()) > 0);
      await page.close();
    },
    6 * minutes,
  );

  test(
    "an annotation that is still loading cannot be painted over",
    async () => {
      const id = await addStudy("Loading");
      const before = await annotate(id);
      let arrive = () => {};
      const arrived = new Promise<void>((resolve) => {
        arrive = resolve;
      });
      const { page } = await openReading(id, (opening) =>
        opening.route("**/annotation", async (route) => {
          await arrived;
          await route.continue();
        }),
      );
      await page.getByText("Loading the annotation").waitFor();
      for (const name of [/^Brush/, /^Threshold brush/, /^Erase/, /looked at/, "Undo", "Save"]) {
        expect(await button(page, name).isDisabled()).toBe(true);
      }
      await page.keyboard.press("b");
      await drag(page, "axial", [0, 0], [30, 0]);
      expect(await tool(page)).toContain("Crosshair");

      arrive();
      await page.getByText("Loading the annotation").waitFor({ state: "hidden" });
      expect(await page.getByText("Not saved yet").count()).toBe(0);
      await paint(page, "axial", [0, 0], [30, 0]);
      await annotated(page, 2);
      await save(page);
      const after = await keptMask(id);
      expect(after.subarray(3 * area, 4 * area)).toEqual(before.subarray(3 * area, 4 * area));
      expect(slicesOf(after)).toHaveLength(2);
      expect(room.library.get(id).annotatedSlices).toEqual(slicesOf(after));
      await page.close();
    },
    6 * minutes,
  );

  test(
    "a brush shows as chosen once it paints, also where nobody had annotated and the server is slow to say so",
    async () => {
      const id = await addStudy("Slow");
      let arrive = () => {};
      const arrived = new Promise<void>((resolve) => {
        arrive = resolve;
      });
      const { page } = await openReading(id, (opening) =>
        opening.route("**/annotation", async (route) => {
          await arrived;
          await route.continue();
        }),
      );
      const asked = page.waitForRequest("**/annotation");
      await page.keyboard.press("b");
      await asked;
      expect(await tool(page)).toContain("Crosshair");
      arrive();
      await paint(page, "axial", [0, 0], [30, 0]);
      await annotated(page, 1);
      await page.close();
    },
    6 * minutes,
  );

  test(
    "an annotation that cannot be loaded is said to be so and is not overwritten",
    async () => {
      const id = await addStudy("Failing");
      const before = await annotate(id);
      const { page } = await openReading(id, (opening) =>
        opening.route("**/annotation", (route) =>
          route.fulfill({ status: 500, json: { error: { code: "internal", message: "the disk cannot be read" } } }),
        ),
      );
      await page.getByRole("alert").filter({ hasText: "the disk cannot be read" }).waitFor();
      for (const name of [/^Brush/, /looked at/, "Save"]) expect(await button(page, name).isDisabled()).toBe(true);
      await page.keyboard.press("b");
      await drag(page, "axial", [0, 0], [30, 0]);
      expect(await button(page, "Save").isDisabled()).toBe(true);
      expect(await keptMask(id)).toEqual(before);

      await page.unroute("**/annotation");
      await button(page, "Load it again").click();
      await page.getByRole("alert").waitFor({ state: "detached" });
      await paint(page, "axial", [0, 0], [30, 0]);
      await page.close();
    },
    6 * minutes,
  );

  test(
    "every slice that holds painting is saved as looked at, whatever plane it was painted in",
    async () => {
      const id = await addStudy("Planes");
      const { page } = await openReading(id);
      await paint(page, "coronal", [-30, -25], [-30, 25]);
      await paint(page, "sagittal", [0, 45], [10, 45]);
      const sent = await save(page);
      const painted = slicesOf(await keptMask(id));
      expect(painted.length).toBeGreaterThan(3);
      expect(sent.searchParams.get("slices")).toBe(painted.join(","));
      expect(room.library.get(id).annotatedSlices).toEqual(painted);
      await annotated(page, painted.length);
      await page.close();
    },
    6 * minutes,
  );

  test(
    "a slice that holds painting can't be unmarked, and is unmarked by the undo that takes the painting away",
    async () => {
      const { page } = await openReading(await addStudy("Undo"));
      await paint(page, "axial", [0, 0], [30, 0]);
      await annotated(page, 1);
      const painted = (await lookedAt(page).textContent())!;
      await lookedAt(page).click();
      await page.getByText("holds painting: erase it first").waitFor();
      expect(await lookedAt(page).getAttribute("aria-pressed")).toBe("true");

      await page.locator("body").press("PageDown");
      await until(async () => (await lookedAt(page).textContent()) !== painted);
      await button(page, "Undo").click();
      await annotated(page, 0);
      expect(await lookedAt(page).getAttribute("aria-pressed")).toBe("false");

      await page.locator("body").press("PageUp");
      await until(async () => (await lookedAt(page).textContent()) === painted);
      expect(await lookedAt(page).getAttribute("aria-pressed")).toBe("false");
      // Marked by hand, it says that it is free of clots.
      await lookedAt(page).click();
      await annotated(page, 1);
      await lookedAt(page).click();
      await annotated(page, 0);
      await page.close();
    },
    6 * minutes,
  );

  test(
    "painting that is not saved is asked about before it is left",
    async () => {
      const id = await addStudy("Leaving");
      const reading = await openReading(id);
      const { page, asked } = reading;
      const worklist = page.getByRole("link", { name: "Worklist", exact: true });
      await paint(page, "axial", [0, 0], [30, 0]);

      reading.answer = undefined;
      await worklist.click();
      await until(() => asked.length === 1);
      expect(asked[0]!.type()).toBe("confirm");
      expect(asked[0]!.message()).toContain("not saved");
      await until(() => page.url().endsWith(`#/study/${id}`));
      expect(await page.getByText("Not saved yet").isVisible()).toBe(true);
      await page.close({ runBeforeUnload: true });
      await until(() => asked.length === 2);
      expect(asked[1]!.type()).toBe("beforeunload");
      expect(await page.getByText("Not saved yet").isVisible()).toBe(true);

      reading.answer = "Dr Reader";
      await save(page);
      asked.length = 0;
      await worklist.click();
      await page.locator("table.studies").waitFor();
      expect(asked).toEqual([]);

      await page.goBack();
      await ready(page);
      await page.getByText("1 slice annotated").waitFor();
      await paint(page, "axial", [0, 40], [30, 40]);
      await worklist.click();
      await page.locator("table.studies").waitFor();
      expect(asked.map((dialog) => dialog.type())).toEqual(["confirm"]);
      await page.close();
    },
    6 * minutes,
  );

  test(
    "who reads is shown, and can be changed before the next annotation carries the name",
    async () => {
      const reading = await openReading(await addStudy("Readers"));
      const { page } = reading;
      await button(page, "Say who is reading").waitFor();
      const saveAs = async () => (await save(page)).searchParams.get("reader");

      reading.answer = "Dr Early";
      await lookedAt(page).click();
      expect(await saveAs()).toBe("Dr Early");
      expect(await page.textContent(".header")).toContain("Reading as Dr Early");

      reading.answer = "Dr Late";
      await button(page, "change who is reading").press("Enter");
      await page.getByText("Reading as Dr Late").waitFor();
      await page.locator("body").press("PageDown");
      await lookedAt(page).click();
      expect(await saveAs()).toBe("Dr Late");
      await page.close();
    },
    6 * minutes,
  );
});
