/** How the CT is shown, in a real browser, held against the voxels it is made of. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RunningService } from "../../src/service/index.ts";
import { hasBrowser, launchBrowser } from "../browser.ts";
import { addVolume, greyAt, knownVolume, openKnown, shownHu } from "./known-volume.ts";
import { button, minutes, ready } from "./reader.ts";
import { openUndiagnosedRoom, until } from "./room.ts";

describe.skipIf(!hasBrowser)("the view's tools", () => {
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

  /** Waits until a pixel shows a HU, within what 256 greys and the slab's sampling (a twelfth of 400 HU) leave. */
  async function shows(page: Page, plane: string, hu: number, within: number): Promise<void> {
    let shown = Number.NaN;
    const deadline = Date.now() + 20_000;
    await until(async () => {
      shown = shownHu(await greyAt(page, plane, [40, -40]));
      return Math.abs(shown - hu) <= within || Date.now() > deadline;
    });
    expect(Math.abs(shown - hu), `${plane} shows ${shown}, expected ${hu}`).toBeLessThanOrEqual(within);
  }
  const thickness = (page: Page, millimetres: number) => page.getByLabel("Thickness").fill(String(millimetres));

  test(
    "a thin slab shows in each plane the brightest or the mean of the voxels that lie within its thickness",
    async () => {
      // One bright plane across each direction: 5 mm above the axial one, 8 mm beside the other two.
      const volume = knownVolume(([x, y, z]) => (z === 22 || y === 34 || x === 30 ? 400 : 0));
      const page = await openKnown(browser, room, await addVolume(room, "Slab", volume));
      for (const plane of ["axial", "coronal", "sagittal"]) await shows(page, plane, 0, 8);
      await button(page, "MIP").click();
      await thickness(page, 5);
      for (const plane of ["axial", "coronal", "sagittal"]) await shows(page, plane, 0, 8);
      // 6 mm to either side: past the bright slice, and half way from the neighbour's middle to the bright row's.
      await thickness(page, 12);
      await shows(page, "axial", 400, 35);
      for (const plane of ["coronal", "sagittal"]) await shows(page, plane, 200, 25);
      await thickness(page, 20);
      for (const plane of ["axial", "coronal", "sagittal"]) await shows(page, plane, 400, 35);
      await button(page, "Mean").click();
      // Linear between voxels: 2.5 mm of 20 are bright across the axial plane, 3.5 across the others.
      await shows(page, "axial", (400 * 2.5) / 20, 12);
      for (const plane of ["coronal", "sagittal"]) await shows(page, plane, (400 * 3.5) / 20, 12);
      // A key still goes a slice on, however thick the slab is: the bright one is 2.5 mm nearer then.
      const height = () => page.locator(".plane.axial .plane-facts").textContent();
      await page.locator("body").press("ArrowDown");
      await until(async () => (await height())!.includes("z 47.5 mm"));
      await page.locator("body").press("m");
      await page.locator("body").press("ArrowUp");
      await until(async () => (await height())!.includes("z 50.0 mm"));
      for (const plane of ["axial", "coronal", "sagittal"]) await shows(page, plane, 0, 8);
      await page.context().close();
    },
    4 * minutes,
  );

  test(
    "HU and place under the pointer are those of the voxel, and of the slab where one is shown",
    async () => {
      const volume = knownVolume(([x, y, z]) => x * 10 - y + (z === 22 ? 500 : 0));
      const page = await openKnown(browser, room, await addVolume(room, "Pointer", volume));
      const box = (await page.locator(".plane.axial .canvas").boundingBox())!;
      const value = page.getByLabel("HU under the pointer");
      for (const [dx, dy] of [
        [0.1, 0.2],
        [-0.3, 0.15],
        [0.25, -0.35],
      ] as const) {
        await page.mouse.move(box.x + box.width * (0.5 + dx), box.y + box.height * (0.5 + dy));
        const text = (await value.textContent())!;
        const [, hu, x, y, z] = /^(-?\d+) HU · (-?[\d.]+), (-?[\d.]+), (-?[\d.]+) mm$/.exec(text)!.map(Number);
        expect(z).toBe(50);
        expect(hu).toBe(Math.round((x! + 128) / 4) * 10 - Math.round((y! + 128) / 4));
        // The image fits the plane's width or height: a millimetre is as many pixels across as down.
        expect(Math.abs(x! / (dx * box.width) - y! / (dy * box.height))).toBeLessThan(0.03);
      }
      await button(page, "MIP").click();
      await page.mouse.move(box.x + box.width * 0.6, box.y + box.height * 0.6);
      const [hu, x, y] = (await value.textContent())!.match(/-?[\d.]+/g)!.map(Number);
      expect(Math.abs(hu! - (((x! + 128) / 4) * 10 - (y! + 128) / 4 + 500))).toBeLessThan(2);
      await page.context().close();
    },
    4 * minutes,
  );

  test(
    "one's own window is kept by the browser and shows its greys, black turns white, and keys lead to the scan's ends",
    async () => {
      const volume = knownVolume(([, , z]) => (z === 39 ? 300 : z === 0 ? -100 : 100));
      const page = await openKnown(browser, room, await addVolume(room, "Windows", volume));
      const grey = async (expected: number) => {
        const deadline = Date.now() + 20_000;
        let shown = Number.NaN;
        await until(async () => {
          shown = await greyAt(page, "axial", [40, -40]);
          return Math.abs(shown - expected) <= 3 || Date.now() > deadline;
        });
        expect(Math.abs(shown - expected), `grey ${shown}, expected ${expected}`).toBeLessThanOrEqual(3);
      };
      await page.locator("body").press("3");
      // Mediastinum, 40/400.
      await grey(((100 + 160) / 400) * 255);
      await button(page, "Keep window").click();
      await page.locator("body").press("1");
      await grey(((100 + 250) / 700) * 255);
      await page.reload();
      await ready(page);
      await button(page, "Own 40/400").waitFor();
      await page.locator("body").press("0");
      await grey(((100 + 160) / 400) * 255);
      await page.locator("body").press("i");
      await grey(255 - ((100 + 160) / 400) * 255);
      await page.locator("body").press("i");
      await page.locator("body").press("1");
      await page.locator("body").press("Home");
      await grey(((300 + 250) / 700) * 255);
      await page.locator("body").press("End");
      await grey(((-100 + 250) / 700) * 255);
      await page.context().close();
    },
    4 * minutes,
  );

  test(
    "a plane shown alone takes the whole place, and what lies under its pointer is still the right voxel",
    async () => {
      const volume = knownVolume(([x, y]) => x * 10 - y);
      const page = await openKnown(browser, room, await addVolume(room, "Alone", volume));
      const canvas = page.locator(".plane.axial .canvas");
      const before = (await canvas.boundingBox())!;
      await page.locator("body").press("x");
      await until(async () => (await canvas.boundingBox())!.width > before.width * 1.4);
      expect(await page.locator(".plane.coronal").isVisible()).toBe(false);
      const box = (await canvas.boundingBox())!;
      const value = page.getByLabel("HU under the pointer");
      await until(async () => {
        await page.mouse.move(box.x + box.width * 0.55, box.y + box.height * 0.6);
        const [hu, x, y] = ((await value.textContent()) ?? "").match(/-?[\d.]+/g)?.map(Number) ?? [];
        return (
          hu === Math.round((x! + 128) / 4) * 10 - Math.round((y! + 128) / 4) &&
          Math.abs(x! / (box.width * 0.05) - y! / (box.height * 0.1)) < 0.03
        );
      });
      await page.locator("body").press("x");
      await page.locator(".plane.coronal").waitFor();
      await page.context().close();
    },
    4 * minutes,
  );
});
