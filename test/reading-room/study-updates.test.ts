/** A page hears of what others do on its study, and says so in a quiet line; nothing changes by itself. */
import { gzipSync } from "node:zlib";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RunningService } from "../../src/service/index.ts";
import { seriesHeader } from "../../src/service/schema.ts";
import { hasBrowser, launchBrowser } from "../browser.ts";
import { addBlock, annotated, area, button, minutes, openStudy, paint, save, slices, slicesOf } from "./reader.ts";
import { openUndiagnosedRoom } from "./room.ts";

describe.skipIf(!hasBrowser)("hearing of others", () => {
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

  const at = (id: string, path = "") => `${room.address}/api/studies/${id}${path}`;
  const heard = (page: Page, text: string | RegExp) => page.locator(".heard", { hasText: text });
  /** Another reader annotates one slice. @param seen what he has seen: nothing, or whatever is kept */
  async function annotate(id: string, slice: number, seen: Readonly<Record<string, string>> = {}): Promise<void> {
    const mask = new Uint8Array(area * slices).fill(1, slice * area + 500, slice * area + 520);
    const response = await fetch(at(id, `/annotation?slices=${slice}&reader=Dr%20Two`), {
      method: "PUT",
      headers: { "content-type": "application/octet-stream", ...seen },
      body: gzipSync(mask),
    });
    expect(response.status).toBe(200);
  }
  const keptMask = async (id: string) => new Uint8Array(await (await fetch(at(id, "/annotation"))).arrayBuffer());

  test(
    "who saved an annotation is said at once, and it is shown when the reader wants it",
    async () => {
      const id = await addBlock(room, "Heard");
      const { page } = await openStudy(browser, room, id);
      await annotate(id, 3);
      await heard(page, /^Dr Two saved an annotation today at/).waitFor();
      // Only said so far.
      await annotated(page, 0);
      await button(page, "Show the annotation").click();
      await annotated(page, 1);
      await heard(page, "saved an annotation").waitFor({ state: "detached" });
      await annotate(id, 5, { "if-match": "*" });
      await heard(page, "Dr Two saved an annotation").waitFor();
      await button(page, "Show the annotation").click();
      await heard(page, "saved an annotation").waitFor({ state: "detached" });
      // What is saved next goes on from it, and meets nobody.
      await paint(page, "axial", [0, 0], [30, 0]);
      await save(page);
      expect(slicesOf(await keptMask(id))).toContain(5);
      await page.waitForTimeout(500);
      expect(await page.locator(".heard").count()).toBe(0);
      await page.context().close();
    },
    6 * minutes,
  );

  test(
    "a reader who has painted compares both instead, and what was painted stays",
    async () => {
      const id = await addBlock(room, "Painted");
      const { page } = await openStudy(browser, room, id);
      await paint(page, "axial", [0, 0], [30, 0]);
      await annotate(id, 3);
      await heard(page, "Dr Two saved an annotation").waitFor();
      await button(page, "Compare it with mine").click();
      const question = page.locator("dialog.question");
      await question.getByText("Dr Two saved in between").waitFor();
      await question.getByRole("button", { name: "Join the two" }).click();
      await save(page);
      expect(slicesOf(await keptMask(id))).toHaveLength(2);
      expect(slicesOf(await keptMask(id))).toContain(3);
      await page.context().close();
    },
    6 * minutes,
  );

  test(
    "another's verdict and measurement are told of, and the removal of the study",
    async () => {
      const id = await addBlock(room, "Told");
      const { page } = await openStudy(browser, room, id);
      await fetch(at(id, "/verdicts"), {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ slab: null, verdict: "confirmed", reader: "Dr Two" }),
      });
      await heard(page, /^Dr Two confirmed embolism in this study today at/).waitFor();
      await button(page, "Show the verdict").click();
      await page.locator(".heard").waitFor({ state: "detached" });

      const series = (await fetch(at(id, "/volume"))).headers.get(seriesHeader)!;
      const points = [
        [0, 0, 60],
        [30, 0, 60],
      ];
      await fetch(at(id, "/measurements?reader=Dr%20Two"), {
        method: "PUT",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({
          measurements: [{ id: "a", kind: "length", plane: "axial", seriesInstanceUID: JSON.parse(series), points }],
        }),
      });
      await page.locator(".measurements li.other", { hasText: "30.0 mm" }).waitFor();

      await room.library.remove(id);
      await heard(page, "Another reader has removed this study").waitFor();
      await page.context().close();
    },
    6 * minutes,
  );

  test(
    "further images are told of, and a page that was not looked at hears of it when it is",
    async () => {
      const id = await addBlock(room, "More");
      const { page } = await openStudy(browser, room, id);
      const events: string[] = [];
      page.on("request", (request) => {
        if (request.url().includes("/api/events")) events.push(request.url());
      });
      const see = (isHidden: boolean) =>
        page.evaluate((hidden) => {
          Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
          document.dispatchEvent(new Event("visibilitychange"));
        }, isHidden);
      await see(true);
      await room.library.update(id, ({ images }) => ({ images: images + 1 }));
      await page.waitForTimeout(500);
      expect(await page.locator(".heard").count()).toBe(0);
      await see(false);
      await heard(page, "Further images of this study have come").waitFor();
      expect(events).toHaveLength(1);
      await page.context().close();
    },
    6 * minutes,
  );

  test(
    "a first annotation of another series than the one that is shown by now is not kept",
    async () => {
      const id = await addBlock(room, "Series");
      const { page } = await openStudy(browser, room, id, (opening) =>
        opening.route("**/volume", async (route) => {
          const response = await route.fetch();
          await route.fulfill({ response, headers: { ...response.headers(), "embolens-series": '"1.2.3"' } });
        }),
      );
      await paint(page, "axial", [0, 0], [30, 0]);
      await button(page, "Save").click();
      await page.getByRole("alert").filter({ hasText: "painted on another series" }).waitFor();
      expect(room.library.get(id).annotatedSlices).toEqual([]);
      await page.getByText("Not saved").first().waitFor();
      await page.context().close();
    },
    6 * minutes,
  );
});
