/**
 * A CT whose every voxel is known, for tests that hold what the page shows against voxels and millimetres.
 *
 *     const id = await addVolume(room, "Planes", knownVolume(([x, y, z]) => (z === 22 ? 400 : 0)));
 *     const hu = shownHu(await greyAt(page, "axial", [40, -40]));
 */
import type { Browser, Page } from "playwright-core";
import type { RunningService } from "../../src/service/index.ts";
import { patientPoint, type Triple, type Volume } from "../../src/volume/index.ts";
import { openStudy } from "./reader.ts";
import { chestImages, uploadStudy, zipOf } from "./room.ts";

export const knownSize = [64, 64, 40] as const;
export const knownSpacing = [4, 4, 2.5] as const;

/** @param hu of the voxel with these indices */
export function knownVolume(hu: (voxel: Triple) => number): Volume {
  const [columns, rows, slices] = knownSize;
  const voxels = new Int16Array(columns * rows * slices);
  for (let index = 0; index < voxels.length; index++) {
    const [x, y, z] = [index % columns, Math.floor(index / columns) % rows, Math.floor(index / (columns * rows))];
    voxels[index] = hu([x, y, z]);
  }
  return {
    geometry: {
      size: [...knownSize],
      spacing: [...knownSpacing],
      origin: patientPoint(-128, -128, 0),
      axes: [
        [1, 0, 0],
        [0, 1, 0],
        [0, 0, 1],
      ],
    },
    voxels,
    warnings: [],
  };
}

/** @returns the study's id */
export async function addVolume(room: RunningService, name: string, volume: Volume): Promise<string> {
  await uploadStudy(room.address, name, zipOf(chestImages(volume, name)));
  return room.library.list().find(({ patient }) => patient.id === name)!.id;
}

/** Opens a study as a reader whose name the browser knows. */
export async function openKnown(browser: Browser, room: RunningService, id: string, reader = "Dr One"): Promise<Page> {
  const { page } = await openStudy(browser, room, id, async (one) => {
    await one.setViewportSize({ width: 1600, height: 950 });
    await one.addInitScript((name) => localStorage.setItem("embolens.reader", name), reader);
  });
  return page;
}

/** The grey of a pixel of a plane, 0 to 255, so far from its middle. */
export const greyAt = (page: Page, plane: string, [x, y]: readonly [number, number]): Promise<number> =>
  page.locator(`.plane.${plane} canvas`).evaluate(
    (canvas, [dx, dy]) => {
      const { width, height, clientWidth } = canvas as HTMLCanvasElement;
      const scale = width / clientWidth;
      const context = (canvas as HTMLCanvasElement).getContext("2d")!;
      return context.getImageData(width / 2 + dx * scale, height / 2 + dy * scale, 1, 1).data[0]!;
    },
    [x, y] as const,
  );

/** The HU that a grey stands for in the window of PE, 100/700; the ends stand for all beyond. */
export const shownHu = (grey: number): number => (grey / 255) * 700 - 250;
