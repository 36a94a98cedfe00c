/** Measuring in a real browser: what was measured is there again, under the name of who measured it. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RunningService } from "../../src/service/index.ts";
import { hasBrowser, launchBrowser } from "../browser.ts";
import { addBlock, button, drag, minutes, openStudy, type Reading, ready, tool } from "./reader.ts";
import { openUndiagnosedRoom, until } from "./room.ts";

describe.skipIf(!hasBrowser)("measuring", () => {
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

  const kept = (id: string) => room.library.get(id).measurements;
  /** What stands beside the measurements that are drawn, in all planes. */
  const drawn = (page: Page) => page.locator(".plane svg text").allTextContents();
  const isDrawn = (page: Page, text: string) =>
    until(async () => (await drawn(page)).some((one) => one.includes(text)));
  const rows = (page: Page) => page.locator(".measurements li");
  async function measure(page: Page, key: string, name: string, from: number[], to: number[]): Promise<void> {
    await page.locator("body").press(key);
    await until(async () => (await tool(page))!.includes(name));
    await drag(page, "axial", from, to);
  }
  const length = (page: Page, from: number[], to: number[]) => measure(page, "l", "Measure", from, to);
  /** Opens a study as somebody whose name the browser knows. */
  const openAs = (name: string, id: string): Promise<Reading> =>
    openStudy(browser, room, id, (page) =>
      page.addInitScript((known) => localStorage.setItem("embolens.reader", known), name),
    );

  test(
    "a length and a probe are there again after a reload, and gone for good when they are removed",
    async () => {
      const id = await addBlock(room, "Reload");
      const { page } = await openAs("Dr One", id);
      await length(page, [-60, -60], [60, -20]);
      await until(() => kept(id).length === 1);
      await measure(page, "h", "HU probe", [0, 60], [0, 60]);
      await until(() => kept(id).length === 2);
      const [line, probe] = kept(id);
      expect(line).toMatchObject({ kind: "length", plane: "axial", reader: "Dr One" });
      expect(probe).toMatchObject({ kind: "probe", plane: "axial", hu: 40 });
      expect(line!.seriesInstanceUID).toMatch(/^[\d.]+$/);
      const texts = await rows(page).locator("strong").allTextContents();
      expect(texts[0]).toMatch(/^\d+\.\d mm$/);
      expect(texts[1]).toBe("40 HU");

      await page.reload();
      await ready(page);
      await isDrawn(page, texts[0]!);
      await isDrawn(page, "40 HU");
      expect(await rows(page).locator("strong").allTextContents()).toEqual(texts);
      // Nothing was saved anew by being drawn again.
      expect(kept(id)).toEqual([line, probe]);

      // Seen only on its own slice, and found again from the list.
      await page.locator("body").press("PageDown");
      await until(async () => (await drawn(page)).length === 0);
      await rows(page).first().locator("button.plain").click();
      await isDrawn(page, texts[0]!);

      await button(page, `Remove length ${texts[0]}`).click();
      await until(() => kept(id).length === 1);
      await page.reload();
      await ready(page);
      await isDrawn(page, "40 HU");
      expect((await drawn(page)).some((text) => text.includes("mm"))).toBe(false);
      await page.context().close();
    },
    6 * minutes,
  );

  test(
    "a measurement is seen on its own slice alone, also where the study opens on another one",
    async () => {
      const id = await addBlock(room, "Elsewhere");
      const { page } = await openAs("Dr One", id);
      await page.locator("body").press("PageDown");
      await page.locator("body").press("PageDown");
      await length(page, [-60, -60], [60, -20]);
      await until(() => kept(id).length === 1);
      for (const reader of ["Dr One", "Dr Two"]) {
        const opened = await openAs(reader, id);
        const row = rows(opened.page).first();
        const text = (await row.locator("strong").textContent())!;
        // The list stands as soon as what is kept was drawn.
        expect(await drawn(opened.page)).toEqual([]);
        await row.locator("button.plain").click();
        await isDrawn(opened.page, text);
        await opened.page.locator("body").press("PageUp");
        await until(async () => (await drawn(opened.page)).length === 0);
        await opened.page.context().close();
      }
      await page.context().close();
    },
    6 * minutes,
  );

  test(
    "a measurement that is moved is kept where it lies, and one that is taken back is not kept",
    async () => {
      const id = await addBlock(room, "Move");
      const { page } = await openAs("Dr One", id);
      await length(page, [-60, 0], [60, 0]);
      await until(() => kept(id).length === 1);
      const [before] = kept(id);
      // By its end.
      await drag(page, "axial", [60, 0], [100, 40]);
      await until(() => JSON.stringify(kept(id)[0]?.points) !== JSON.stringify(before!.points));
      const [after] = kept(id);
      expect(after!.points[0]).toEqual(before!.points[0]);
      expect(after!.id).toBe(before!.id);

      await page.reload();
      await ready(page);
      await until(async () => (await drawn(page)).length > 0);
      await length(page, [-60, -90], [60, -90]);
      await until(() => kept(id).length === 2);
      await page.keyboard.press("Control+z");
      await until(() => kept(id).length === 1);
      expect(kept(id)[0]).toEqual(after);
      await page.context().close();
    },
    6 * minutes,
  );

  test(
    "what is measured before anybody said who reads waits for a name",
    async () => {
      const id = await addBlock(room, "Nameless");
      const reading = await openStudy(browser, room, id);
      const { page } = reading;
      await length(page, [-60, -60], [60, -20]);
      await page.getByText("nobody has said who is reading").waitFor();
      expect(kept(id)).toEqual([]);
      reading.answer = "Dr Late";
      await button(page, "Say who, and keep them").click();
      await until(() => kept(id).length === 1);
      expect(kept(id)[0]!.reader).toBe("Dr Late");
      await page.getByText("nobody has said who is reading").waitFor({ state: "hidden" });
      await page.context().close();
    },
    4 * minutes,
  );

  test(
    "another reader sees the measurements with their reader's name, and can neither move nor remove them",
    async () => {
      const id = await addBlock(room, "Other");
      const first = await openAs("Dr One", id);
      await length(first.page, [-60, 0], [60, 0]);
      await until(() => kept(id).length === 1);
      const before = kept(id);
      const { page } = await openAs("Dr Two", id);
      await isDrawn(page, "Dr One");
      await rows(page).filter({ hasText: "Dr One" }).waitFor();
      expect(
        await rows(page)
          .getByRole("button", { name: /^Remove/ })
          .count(),
      ).toBe(0);
      await length(page, [60, 0], [100, 40]);
      await until(() => kept(id).length === 2);
      expect(kept(id)[0]).toEqual(before[0]);
      expect(kept(id)[1]!.reader).toBe("Dr Two");
      await first.page.context().close();
      await page.context().close();
    },
    6 * minutes,
  );

  test(
    "two windows of one reader lose none of each other's measurements",
    async () => {
      const id = await addBlock(room, "Windows");
      const [one, two] = [await openAs("Dr One", id), await openAs("Dr One", id)];
      await length(one.page, [-60, 0], [60, 0]);
      await until(() => kept(id).length === 1);
      await length(two.page, [-60, 60], [60, 60]);
      await until(() => kept(id).length === 2);
      await until(async () => (await rows(two.page).count()) === 2);
      await one.page.context().close();
      await two.page.context().close();
    },
    6 * minutes,
  );

  test(
    "a measurement that was only just drawn is kept although the study is left at once",
    async () => {
      const id = await addBlock(room, "Hasty");
      const { page } = await openAs("Dr One", id);
      await length(page, [-60, -60], [60, -20]);
      await page.evaluate(() => {
        location.hash = "#/";
      });
      await until(() => kept(id).length === 1);
      await page.context().close();
    },
    4 * minutes,
  );

  test(
    "a measurement that the server does not take stays on the screen, and is kept when it is tried again",
    async () => {
      const id = await addBlock(room, "Failing");
      const { page } = await openAs("Dr One", id);
      await page.route("**/measurements?**", (route) =>
        route.request().method() === "PUT" ? route.abort() : route.continue(),
      );
      await length(page, [-60, -60], [60, -20]);
      await page.getByRole("alert").filter({ hasText: "Measurements not kept" }).waitFor();
      expect(await rows(page).count()).toBe(1);
      await page.unroute("**/measurements?**");
      await button(page, "Try again").click();
      await until(() => kept(id).length === 1);
      await page.getByRole("alert").waitFor({ state: "detached" });
      await page.context().close();
    },
    4 * minutes,
  );
});
