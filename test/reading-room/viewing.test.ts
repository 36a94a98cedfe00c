/** What a reader sees is where the page says it is: after resizing, scrolling and dragging, in voxels and millimetres. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RunningService } from "../../src/service/index.ts";
import { hasBrowser, launchBrowser } from "../browser.ts";
import { addVolume, bright, cubes, landmarks, type Spot, size, spacing, whiteSpots } from "./landmarks.ts";
import { button, drag, minutes, openStudy, paint, save, tool } from "./reader.ts";
import { openUndiagnosedRoom, until } from "./room.ts";

const area = size[0] * size[1];

describe.skipIf(!hasBrowser)("viewing", () => {
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

  const facts = async (page: Page, plane = "axial") =>
    (await page.locator(`.plane.${plane} .plane-facts`).textContent())!;
  const crosshair = (page: Page, plane: string) => page.locator(`.plane.${plane} .crosshair path`).getAttribute("d");
  const texts = (page: Page, unit: string) => page.locator(".plane svg text", { hasText: unit }).allTextContents();
  /** Scrolls to the first cube and puts the crosshair on it. */
  async function goToCube(page: Page): Promise<void> {
    // The middle is slice 20, the first cube's slice 10.
    for (let slice = 20; slice > cubes[0][2]; slice--) await page.keyboard.press("ArrowDown");
    await until(async () => (await facts(page)).includes("z 50.0 mm"));
    await page.waitForTimeout(300);
    const [corner] = await whiteSpots(page, "axial");
    await page.mouse.click(corner!.x, corner!.y);
    await page.mouse.move(5, 5);
    await page.waitForTimeout(300);
  }
  async function openLandmarks(name: string): Promise<Page> {
    const { page } = await openStudy(browser, room, await addVolume(room, name, landmarks()));
    await page.setViewportSize({ width: 1600, height: 950 });
    await page.waitForTimeout(300);
    await goToCube(page);
    return page;
  }

  test(
    "at every size of the window a probe reads what is seen under it and a length is that of the patient",
    async () => {
      const page = await openLandmarks("Sizes");
      const measured = async (unit: string) => (await texts(page, unit)).map(Number.parseFloat);
      for (const [width, height] of [
        [1600, 950],
        [1920, 700],
        [1180, 820],
      ] as const) {
        await page.setViewportSize({ width, height });
        await page.waitForTimeout(600);
        for (const [plane, across, down] of [
          ["axial", 120, 120],
          ["coronal", 120, 100],
        ] as const) {
          const at = `${plane} at ${width} x ${height}`;
          for (const [tool, spot, unit, value] of [
            ["h", "corner", "HU", bright],
            ["l", "right", "mm", across],
            ["l", "other", "mm", down],
          ] as const) {
            await page.locator(`.plane.${plane}`).scrollIntoViewIfNeeded();
            const spots = await whiteSpots(page, plane);
            expect(spots, at).toHaveLength(3);
            // In the coronal plane the head is at the top: the cube that lies alone is the upper one.
            const [corner, right, other] = (plane === "axial" ? spots : [spots[1], spots[2], spots[0]]) as [
              Spot,
              Spot,
              Spot,
            ];
            const scale = (right.x - corner.x) / across;
            expect(Math.abs(other.y - corner.y) / down / scale, at).toBeCloseTo(1, 1);
            const to = { corner, right, other }[spot];
            const tolerance = unit === "HU" ? 0 : 3 / scale;
            await page.keyboard.press(tool);
            await page.mouse.move(corner.x, corner.y);
            await page.mouse.down();
            if (to !== corner) await page.mouse.move(to.x, to.y, { steps: 5 });
            await page.mouse.up();
            await page.mouse.move(5, 5);
            // What it says while it is drawn is not what it says in the end.
            const off = async () => Math.max(...(await measured(unit)).map((one) => Math.abs(one - value)));
            await expect.poll(off, { message: `${at}: ${unit}`, timeout: 5000 }).toBeGreaterThanOrEqual(0);
            await expect.poll(off, { message: `${at}: ${unit}`, timeout: 5000 }).toBeLessThanOrEqual(tolerance);
            await button(page, /^Remove/)
              .first()
              .click();
            await until(async () => (await texts(page, unit)).length === 0);
          }
          await page.keyboard.press("c");
        }
      }
      await page.context().close();
    },
    10 * minutes,
  );

  test(
    "the threshold brush paints voxels within its range of HU and no others",
    async () => {
      const volume = landmarks();
      // Stripes of blood with contrast between stripes of clot, and both ends of the range.
      const stripes = [300, 60, -20, 110, -21, 111, -900, 1400];
      for (const voxel of volume.voxels.keys()) volume.voxels[voxel] = stripes[voxel % stripes.length]!;
      const id = await addVolume(room, "Threshold", volume);
      const { page } = await openStudy(browser, room, id);
      await page.keyboard.press("t");
      await until(async () => (await tool(page))!.includes("Threshold"));
      await drag(page, "axial", [-60, -30], [60, 30]);
      await page.getByText("Not saved yet").waitFor();
      await drag(page, "coronal", [-30, -20], [30, 20]);
      await save(page);
      const mask = new Uint8Array(await (await fetch(`${room.address}/api/studies/${id}/annotation`)).arrayBuffer());
      const painted = [...mask.keys()].filter((voxel) => mask[voxel]! > 0).map((voxel) => volume.voxels[voxel]!);
      expect(painted.length).toBeGreaterThan(20);
      expect([...new Set(painted)].sort((a, b) => a - b)).toEqual([-20, 60, 110]);
      await page.context().close();
    },
    6 * minutes,
  );

  test(
    "a slice whose only stroke was undone was never annotated",
    async () => {
      const id = await addVolume(room, "Undone", landmarks());
      const { page } = await openStudy(browser, room, id);
      await paint(page, "axial", [0, 0], [30, 0]);
      await page.getByText("1 slice annotated").waitFor();
      await button(page, "Undo").click();
      await page.getByText("0 slices annotated").waitFor();
      expect(await button(page, "Save").isDisabled()).toBe(true);
      // On another slice it is kept; the one that was undone stays out also of what is saved.
      await page.locator("body").press("PageDown");
      await paint(page, "axial", [0, 0], [30, 0]);
      await page.getByText("1 slice annotated").waitFor();
      await save(page);
      expect(room.library.get(id).annotatedSlices).toHaveLength(1);
      await button(page, "Undo").click();
      await page.getByText("0 slices annotated").waitFor();
      // Nothing is left to keep: an annotation without slices would say that there is no embolus in the study.
      expect(await button(page, "Save").isDisabled()).toBe(true);
      await page.getByText("No slice is annotated").waitFor();
      await page.context().close();
    },
    6 * minutes,
  );

  test(
    "scrolling one plane moves its position and the lines in the others",
    async () => {
      const page = await openLandmarks("Linked");
      for (const [plane, axis, other] of [
        ["axial", 2, "coronal"],
        ["coronal", 1, "axial"],
        ["sagittal", 0, "axial"],
      ] as const) {
        const box = (await page.locator(`.plane.${plane} .canvas`).boundingBox())!;
        const [text, lines] = [await facts(page, plane), await crosshair(page, other)];
        await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
        await page.mouse.wheel(0, 100);
        await until(async () => (await facts(page, plane)) !== text);
        const millimetres = (shown: string) => Number(/(-?[\d.]+) mm/.exec(shown)![1]);
        const moved = millimetres(await facts(page, plane)) - millimetres(text);
        expect(Math.abs(moved)).toBeCloseTo(spacing[axis], 1);
        await until(async () => (await crosshair(page, other)) !== lines);
      }
      await page.context().close();
    },
    6 * minutes,
  );

  test(
    "a window that is dragged in one plane is that of all, and a reset brings the first one back and leaves the crosshair",
    async () => {
      const page = await openLandmarks("Window");
      const position = async () => Promise.all(["axial", "coronal", "sagittal"].map((plane) => facts(page, plane)));
      const before = await position();
      expect(await whiteSpots(page, "coronal")).toHaveLength(3);
      await page.keyboard.press("w");
      await drag(page, "sagittal", [0, 0], [0, 200]);
      await until(async () => !(await facts(page)).includes("L 100 W 700"));
      await drag(page, "sagittal", [0, -100], [0, 200]);
      await page.waitForTimeout(500);
      // So high a level that even the cubes are dark, in every plane.
      for (const plane of ["axial", "coronal", "sagittal"]) expect(await whiteSpots(page, plane)).toHaveLength(0);
      await page.keyboard.press("r");
      await until(async () => (await facts(page)).includes("L 100 W 700"));
      await page.waitForTimeout(500);
      expect(await position()).toEqual(before);
      for (const plane of ["axial", "coronal", "sagittal"]) expect(await whiteSpots(page, plane)).toHaveLength(3);
      await page.context().close();
    },
    6 * minutes,
  );

  test(
    "painting lies on the slice that the page names, also where the gantry was tilted",
    async () => {
      const volume = landmarks();
      const [cosine, sine] = [Math.cos(0.35), Math.sin(0.35)];
      const axes: typeof volume.geometry.axes = [
        [1, 0, 0],
        [0, cosine, sine],
        [0, -sine, cosine],
      ];
      const id = await addVolume(room, "Tilted", { ...volume, geometry: { ...volume.geometry, axes } });
      const { page } = await openStudy(browser, room, id);
      await page.locator("body").press("PageDown");
      await paint(page, "axial", [0, 0], [30, 0]);
      const named = Number(/(\d+) looked at/.exec((await button(page, /looked at/).textContent())!)![1]);
      expect(await facts(page)).toContain(`slice ${named} `);
      await save(page);
      const mask = new Uint8Array(await (await fetch(`${room.address}/api/studies/${id}/annotation`)).arrayBuffer());
      const slices = new Set(
        [...mask.keys()].filter((voxel) => mask[voxel]! > 0).map((voxel) => Math.floor(voxel / area)),
      );
      expect([...slices]).toEqual([named - 1]);
      await page.context().close();
    },
    6 * minutes,
  );

  test(
    "keys work after a click on whatever has none of its own, with Caps Lock, and scroll the plane that is in focus",
    async () => {
      const { page } = await openStudy(browser, room, await addVolume(room, "Keys", landmarks()));
      const chosen = (name: string) => until(async () => (await tool(page))!.includes(name));
      await button(page, /^Lung/).click();
      const before = await facts(page);
      await page.keyboard.press("ArrowDown");
      await until(async () => (await facts(page)).includes("z 95.0 mm"));
      expect(before).toContain("z 100.0 mm");
      // As Caps Lock sends them: upper case without Shift.
      await page.evaluate(() => document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "L", bubbles: true })));
      await chosen("Measure");
      const coronal = await facts(page, "coronal");
      await page.getByRole("img", { name: "CT, coronal plane" }).focus();
      await page.keyboard.press("PageDown");
      await until(async () => (await facts(page, "coronal")) !== coronal);
      expect(await facts(page)).toContain("z 95.0 mm");
      // The help takes the focus, and gives it back.
      await page.keyboard.press("?");
      await until(() => page.evaluate(() => document.activeElement?.closest("dialog") !== null));
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "detached" });
      await page.keyboard.press("h");
      await chosen("HU probe");
      await page.context().close();
    },
    6 * minutes,
  );

  test(
    "a study that can't be opened says why and leads back, where what was searched for still stands",
    async () => {
      const id = await addVolume(room, "Refusal", landmarks());
      const page = await (await browser.newContext()).newPage();
      await page.goto(room.address);
      await page.getByLabel("Search studies").fill("refusal");
      const message = "the series has no images that could be shown";
      await page.route("**/volume", (route) =>
        route.fulfill({ status: 422, json: { error: { code: "series-none", message } } }),
      );
      await page.locator("tr.study .patient").click();
      await page.getByRole("alert").filter({ hasText: message }).waitFor();
      await page.getByRole("link", { name: "Back to the worklist" }).click();
      expect(await page.getByLabel("Search studies").inputValue()).toBe("refusal");
      expect(await page.title()).toBe("Worklist · Embolens");
      // A link that was cut within an escape leads to the worklist.
      await page.goto(`${room.address}/#/study/${id}%2`);
      await page.locator("table.studies").waitFor();
      await page.context().close();
    },
    2 * minutes,
  );
});
