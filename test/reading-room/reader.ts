/**
 * A reader at the page in a real browser: opens a study of plain tissue, paints on it, saves.
 *
 *     const { page } = await openStudy(browser, room, await addBlock(room, "Anna"));
 *     await paint(page, "axial", [0, 0], [30, 0]);
 *     await save(page);
 */
import type { Browser, Dialog, Page } from "playwright-core";
import { expect } from "vitest";
import type { RunningService } from "../../src/service/index.ts";
import { patientPoint, type Volume } from "../../src/volume/index.ts";
import { chestImages, until, uploadStudy, zipOf } from "./room.ts";

export const minutes = 60_000;
const [columns, rows] = [48, 48];
export const slices = 24;
export const area = columns * rows;

/** A block of tissue: there is nothing to find in it, only something to paint on. */
function block(): Volume {
  return {
    geometry: {
      size: [columns, rows, slices],
      spacing: [6, 6, 5],
      origin: patientPoint(-144, -144, 0),
      axes: [
        [1, 0, 0],
        [0, 1, 0],
        [0, 0, 1],
      ],
    },
    voxels: new Int16Array(area * slices).fill(40),
    warnings: [],
  };
}

/** Adds a block of tissue to the room. @returns the study's id */
export async function addBlock(room: RunningService, name: string): Promise<string> {
  await uploadStudy(room.address, name, zipOf(chestImages(block(), name)));
  return room.library.list().find(({ patient }) => patient.id === name)!.id;
}

export interface Reading {
  readonly page: Page;
  /** What the page asked, and how the reader answers: an answer for a question, none to say no. */
  readonly asked: Dialog[];
  answer: string | undefined;
}

/** Opens a study in a browser of its own, with nothing remembered of another. */
export async function openStudy(
  browser: Browser,
  room: RunningService,
  id: string,
  prepare?: (page: Page) => Promise<unknown>,
): Promise<Reading> {
  const page = await (await browser.newContext({ viewport: { width: 1000, height: 700 } })).newPage();
  page.on("pageerror", (error) => {
    throw error;
  });
  const reading: Reading = { page, asked: [], answer: "Dr Reader" };
  page.on("dialog", (dialog) => {
    reading.asked.push(dialog);
    void (reading.answer === undefined ? dialog.dismiss() : dialog.accept(reading.answer));
  });
  await prepare?.(page);
  await page.goto(`${room.address}/#/study/${id}`);
  await ready(page);
  return reading;
}

export const ready = (page: Page) => page.waitForSelector('.reading[data-ready="yes"]', { timeout: 3 * minutes });
export const tool = (page: Page) =>
  page.locator('[aria-label="Left mouse button"] [aria-pressed="true"]').textContent();
export const button = (page: Page, name: string | RegExp) => page.getByRole("button", { name });
export const lookedAt = (page: Page) => button(page, /Slice \d+ looked at/);
export const annotated = (page: Page, count: number) =>
  page.getByText(`${count} ${count === 1 ? "slice" : "slices"} annotated`).waitFor();

export async function drag(page: Page, plane: string, [fromX, fromY]: number[], [toX, toY]: number[]): Promise<void> {
  const box = (await page.locator(`.plane.${plane} .canvas`).boundingBox())!;
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  await page.mouse.move(x + fromX!, y + fromY!);
  await page.mouse.down();
  await page.mouse.move(x + toX!, y + toY!, { steps: 6 });
  await page.mouse.up();
}

export async function paint(page: Page, plane: string, from: number[], to: number[]): Promise<void> {
  await until(() => button(page, /^Brush/).isEnabled());
  await page.keyboard.press("b");
  await until(async () => (await tool(page))!.includes("Brush"));
  await drag(page, plane, from, to);
  await page.getByText("Not saved yet").waitFor();
}

/** Presses Save and expects it to be done. @returns what was asked of the server */
export async function save(page: Page): Promise<URL> {
  const [response] = await Promise.all([
    page.waitForResponse((answer) => answer.request().method() === "PUT"),
    button(page, "Save").click(),
  ]);
  expect(response.status()).toBe(200);
  await page.getByText("Not saved yet").waitFor({ state: "hidden" });
  return new URL(response.url());
}

/** The slices of a mask of the block that hold voxels, ascending. */
export const slicesOf = (mask: Uint8Array): number[] =>
  [...new Set([...mask.keys()].filter((voxel) => mask[voxel]! > 0).map((voxel) => Math.floor(voxel / area)))].sort(
    (a, b) => a - b,
  );
