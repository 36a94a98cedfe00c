/**
 * A CT with three bright cubes at known distances in each plane, and how to find them in the picture as a reader does:
 * by where they are white on the screen, whatever the page believes.
 *
 *     const { page } = await openStudy(browser, room, await addLandmarks(room, "Anna"));
 *     const [corner, across, down] = await whiteSpots(page, "axial");
 */
import type { Page } from "playwright-core";
import sharp from "sharp";
import type { RunningService } from "../../src/service/index.ts";
import { patientPoint, type Volume } from "../../src/volume/index.ts";
import { chestImages, uploadStudy, zipOf } from "./room.ts";

export const size = [64, 64, 40] as const;
export const spacing = [4, 4, 5] as const;
export const tissue = 40;
export const bright = 1200;
/** Middles of the cubes, as voxels; each plane through the first shows two others. */
export const cubes = [
  [16, 16, 10],
  [46, 16, 10],
  [16, 46, 10],
  [16, 16, 30],
] as const;
const half = 2;

export function landmarks(): Volume {
  const voxels = new Int16Array(size[0] * size[1] * size[2]).fill(tissue);
  for (const [column, row, slice] of cubes) {
    for (let z = slice - half; z <= slice + half; z++) {
      for (let y = row - half; y <= row + half; y++) {
        const start = column - half + size[0] * (y + size[1] * z);
        voxels.fill(bright, start, start + 2 * half + 1);
      }
    }
  }
  const axes: Volume["geometry"]["axes"] = [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ];
  return { geometry: { size, spacing, origin: patientPoint(-126, -126, 0), axes }, voxels, warnings: [] };
}

/** @returns the study's id */
export async function addVolume(room: RunningService, name: string, volume: Volume): Promise<string> {
  await uploadStudy(room.address, name, zipOf(chestImages(volume, name)));
  return room.library.list().find(({ patient }) => patient.id === name)!.id;
}

export interface Spot {
  /** Middle, in pixels of the page. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** What is white in a plane, as large as a cube at least: the one nearest to the top left first, then across, then down. */
export async function whiteSpots(page: Page, plane: string): Promise<Spot[]> {
  // Lines and letters that lie over a cube would cut it in two.
  await page.addStyleTag({ content: ".crosshair, .plane-facts, .letter { visibility: hidden }" });
  const box = (await page.locator(`.plane.${plane}`).boundingBox())!;
  const png = await page.screenshot({ clip: box, scale: "css" });
  const { data, info } = await sharp(png).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const isWhite = (pixel: number) => [0, 1, 2].every((channel) => data[3 * pixel + channel]! > 245);
  const left = new Set(Array.from({ length: info.width * info.height }, (_, pixel) => pixel).filter(isWhite));
  const spots: Spot[] = [];
  for (const first of left) {
    const members = [first];
    left.delete(first);
    for (const pixel of members) {
      for (const next of [pixel - 1, pixel + 1, pixel - info.width, pixel + info.width]) {
        if (left.delete(next)) members.push(next);
      }
    }
    const [xs, ys] = [
      members.map((pixel) => pixel % info.width),
      members.map((pixel) => Math.floor(pixel / info.width)),
    ];
    const [minX, maxX] = [Math.min(...xs), Math.max(...xs)];
    const [minY, maxY] = [Math.min(...ys), Math.max(...ys)];
    const [width, height] = [maxX - minX + 1, maxY - minY + 1];
    if (width < 5 || height < 5) continue;
    spots.push({ x: box.x + (minX + maxX + 1) / 2, y: box.y + (minY + maxY + 1) / 2, width, height });
  }
  return spots.sort((a, b) => a.x + 3 * a.y - (b.x + 3 * b.y));
}
