/** Two readers at one study, each in a browser of their own: whoever saves second is told, and decides. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RunningService } from "../../src/service/index.ts";
import { hasBrowser, launchBrowser } from "../browser.ts";
import { addBlock, annotated, minutes, openStudy, paint, type Reading, save, slicesOf, tool } from "./reader.ts";
import { openUndiagnosedRoom, until } from "./room.ts";

describe.skipIf(!hasBrowser)("two readers", () => {
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

  const question = (page: Page) => page.locator("dialog.question");
  const pressSave = (page: Page) => page.getByRole("button", { name: "Save", exact: true }).click();
  const choose = (page: Page, name: string) => question(page).getByRole("button", { name }).click();
  async function keptMask(id: string): Promise<Uint8Array> {
    return new Uint8Array(await (await fetch(`${room.address}/api/studies/${id}/annotation`)).arrayBuffer());
  }

  /** Both have the study open; the first has painted one slice and saved, the second another and pressed Save. */
  async function meet(name: string): Promise<{ id: string; first: Reading; second: Reading; kept: Uint8Array }> {
    const id = await addBlock(room, name);
    const [first, second] = [await openStudy(browser, room, id), await openStudy(browser, room, id)];
    [first.answer, second.answer] = ["Dr One", "Dr Two"];
    // Begun before the other saves: what is begun later goes on from what the other saved.
    await paint(second.page, "axial", [0, 0], [30, 0]);
    await second.page.locator("body").press("PageDown");
    await paint(first.page, "axial", [0, 60], [30, 60]);
    await save(first.page);
    await pressSave(second.page);
    await question(second.page).waitFor();
    return { id, first, second, kept: await keptMask(id) };
  }
  const leave = async (...readings: readonly Reading[]) => {
    for (const { page } of readings) await page.context().close();
  };

  test(
    "who saves second is told who saved and when, keeps what is on the screen, and joins both",
    async () => {
      const { id, first, second, kept } = await meet("Join");
      const { page } = second;
      const told = await question(page).textContent();
      expect(told).toContain("Dr One saved in between");
      expect(told).toMatch(/An annotation of 1 slice was saved today at \d/);
      expect(told).toContain("Yours is not saved");

      // What is asked comes before the view behind, and can be put off, but not out of sight.
      await page.keyboard.press("e");
      expect(await tool(page)).not.toContain("Erase");
      await page.keyboard.press("Escape");
      await question(page).waitFor({ state: "detached" });
      await page.locator(".between:focus", { hasText: "Dr One saved in between" }).waitFor();
      await page.getByText("Not saved yet").waitFor();
      expect(await keptMask(id)).toEqual(kept);

      await pressSave(page);
      await choose(page, "Show theirs beside mine");
      await question(page).waitFor({ state: "detached" });
      // Strokes go to the reader's own annotation, not to the one that is shown beside it, and to none before it is shown.
      await page.locator('.between[aria-busy="false"]').waitFor();
      await paint(page, "axial", [0, -60], [30, -60]);
      await annotated(page, 2);
      await page.locator(".between").getByRole("button", { name: "Join the two" }).click();
      await page.getByText("Both are on the screen as one").waitFor();
      expect(await page.locator(".between").count()).toBe(0);
      await paint(page, "axial", [0, 90], [30, 90]);
      await save(page);
      const both = await keptMask(id);
      expect([...kept.keys()].every((voxel) => kept[voxel]! <= both[voxel]!)).toBe(true);
      expect(slicesOf(both)).toEqual(expect.arrayContaining(slicesOf(kept)));
      expect(slicesOf(both).length).toBeGreaterThanOrEqual(2);
      expect(room.library.get(id).annotatedSlices).toEqual(slicesOf(both));

      // The first one's next save meets the second's in turn.
      await paint(first.page, "axial", [0, 20], [30, 20]);
      await pressSave(first.page);
      await question(first.page).getByText("Dr Two saved in between").waitFor();
      await leave(first, second);
    },
    8 * minutes,
  );

  test(
    "the second reader's annotation takes the first one's place when the reader says so",
    async () => {
      const { id, first, second, kept } = await meet("Over");
      await choose(second.page, "Save mine, replace theirs");
      await question(second.page).waitFor({ state: "detached" });
      await second.page.locator(".between").waitFor({ state: "detached" });
      expect(await second.page.getByText("Not saved yet").count()).toBe(0);
      const after = await keptMask(id);
      expect(after).not.toEqual(kept);
      expect(room.library.get(id).annotatedSlices).toEqual(slicesOf(after));
      await leave(first, second);
    },
    8 * minutes,
  );

  test(
    "the second reader goes on from the first one's annotation, and drops the own only when asked twice",
    async () => {
      const { id, first, second, kept } = await meet("Take");
      const { page, asked } = second;
      asked.length = 0;
      second.answer = undefined;
      await choose(page, "Take theirs, drop mine");
      await until(() => asked.length === 1);
      expect(asked[0]!.message()).toContain("go on from Dr One’s annotation?");
      expect(await question(page).isVisible()).toBe(true);

      second.answer = "yes";
      await choose(page, "Take theirs, drop mine");
      await question(page).waitFor({ state: "detached" });
      await page.getByText("Not saved yet").waitFor({ state: "hidden" });
      second.answer = "Dr Two";
      await paint(page, "axial", [0, -60], [30, -60]);
      await save(page);
      const after = await keptMask(id);
      const own = [...after.keys()].filter((voxel) => after[voxel] !== kept[voxel]);
      expect(own.length).toBeGreaterThan(0);
      expect(own.every((voxel) => after[voxel] === 1)).toBe(true);
      await leave(first, second);
    },
    8 * minutes,
  );

  test(
    "a study with another's work on it is removed only by who was told of that work",
    async () => {
      const id = await addBlock(room, "Removed");
      const page = await (await browser.newContext()).newPage();
      const asked: string[] = [];
      page.on("dialog", async (dialog) => {
        asked.push(dialog.message());
        // Another reader gives a verdict while the question stands.
        if (asked.length === 1) {
          await fetch(`${room.address}/api/studies/${id}/verdicts`, {
            method: "POST",
            headers: { "content-type": "application/json" },
            body: JSON.stringify({ slab: null, verdict: "confirmed", reader: "Dr One" }),
          });
        }
        await dialog.accept();
      });
      await page.goto(room.address);
      const remove = page.getByRole("button", { name: /^Remove Removed/ });
      await remove.click();
      await page.getByRole("alert").filter({ hasText: "Not removed" }).waitFor();
      expect(asked[0]).not.toContain("Lost with it");
      expect(room.library.has(id)).toBe(true);
      await remove.click();
      await until(() => !room.library.has(id));
      expect(asked[1]).toContain("Lost with it: 1 verdict (Dr One)");
      await page.context().close();
    },
    4 * minutes,
  );
});
