/** How the CT is shown, in a real browser, held against the voxels it is made of. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RunningService } from "../../src/service/index.ts";
import { hasBrowser, launchBrowser } from "../browser.ts";
import { addVolume, greyAt, knownVolume, openKnown, shownHu } from "./known-volume.ts";
import { button, minutes } from "./reader.ts";
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
      await page.locator("body").press("m");
      for (const plane of ["axial", "coronal", "sagittal"]) await shows(page, plane, 0, 8);
      await page.context().close();
    },
    4 * minutes,
  );
});
