/** A prior beside the study that is read, in a real browser, held against places in the patient. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RunningService } from "../../src/service/index.ts";
import { ctSeries } from "../../src/volume/dicom-write/index.ts";
import { hasBrowser, launchBrowser } from "../browser.ts";
import { knownVolume, openKnown } from "./known-volume.ts";
import { button, minutes } from "./reader.ts";
import { openUndiagnosedRoom, until, uploadStudy, zipOf } from "./room.ts";

describe.skipIf(!hasBrowser)("priors", () => {
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

  async function add(name: string, date: string): Promise<string> {
    const patient = { id: "P1", name: "Doe^Jane", sex: "F", age: 60 } as const;
    const volume = knownVolume(() => 40);
    await uploadStudy(
      room.address,
      name,
      zipOf(ctSeries(volume, { seed: 5, name, date: date.replaceAll("-", ""), patient })),
    );
    return room.library.list().find((study) => study.date === date)!.id;
  }
  const heights = async (page: Page) => {
    const z = async (plane: string) =>
      Number(/z (-?[\d.]+) mm/.exec((await page.locator(`${plane} .plane-facts`).textContent())!)![1]);
    return [await z(".planes .plane.axial"), await z(".prior .plane.axial")];
  };
  const isAt = (page: Page, current: number, prior: number) =>
    until(async () => String(await heights(page)) === String([current, prior]));

  test(
    "a prior of the same patient is shown at the same millimetre, follows and leads, and is linked apart when asked to",
    async () => {
      const before = await add("Before", "2019-05-06");
      const now = await add("Now", "2024-05-06");
      await fetch(`${room.address}/api/studies/${before}/verdicts`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ slab: null, verdict: "rejected", reader: "Dr Old", note: "motion at the bases" }),
      });
      const page = await openKnown(browser, room, now);
      await page.getByRole("combobox", { name: "Prior" }).selectOption(before);
      await button(page, "Unlink").waitFor();
      const facts = (await page.locator(".prior-facts").textContent())!;
      expect(facts).toContain("2019-05-06");
      expect(facts).toMatch(/rejected by Dr Old .*: motion at the bases/);
      await isAt(page, 50, 50);
      await page.locator("body").press("PageDown");
      await isAt(page, 25, 25);

      // The one whose wheel is turned leads.
      const prior = (await page.locator(".prior .plane.axial .canvas").boundingBox())!;
      await page.mouse.move(prior.x + prior.width / 2, prior.y + prior.height / 2);
      await page.mouse.wheel(0, -100);
      await isAt(page, 27.5, 27.5);

      await button(page, "Unlink").click();
      await page.mouse.move(prior.x + prior.width / 2, prior.y + prior.height / 2);
      await page.mouse.wheel(0, -100);
      await isAt(page, 27.5, 30);
      await button(page, "Link here").click();
      await page.locator("body").press("ArrowDown");
      await isAt(page, 25, 27.5);
      await page.screenshot({ path: "/tmp/roomtools/prior.png" });
      await page.getByRole("combobox", { name: "Prior" }).selectOption("");
      await page.locator(".prior").waitFor({ state: "detached" });
      await page.context().close();
    },
    4 * minutes,
  );

  test(
    "the first study of a patient offers no prior",
    async () => {
      const page = await openKnown(browser, room, room.library.list().find(({ date }) => date === "2019-05-06")!.id);
      expect(await page.getByRole("combobox", { name: "Prior" }).count()).toBe(0);
      await page.context().close();
    },
    2 * minutes,
  );
});
