/**
 * Key images: the slices the network found most suspicious, as a person wants to see them.
 *
 *     for (const { name, png } of await keyImages(chest.volume, diagnosis, { count: 3 })) await writeAtomic(name, png);
 *
 * Each shows the CT slice nearest to a slab's centre in the PE window twice, bare and with attention glowing over it, a
 * ring at its peak, a colour bar, the window, the position in millimetres and the research-use line. Slabs are taken by probability;
 * neighbours of one already taken show the same thing and are passed over.
 */
import sharp from "sharp";
import type { Diagnosis, SlabFinding } from "../diagnosis/index.ts";
import {
  type Geometry,
  type PatientPoint,
  patientPoint,
  toPatient,
  toVoxel,
  type Volume,
  voxelPoint,
} from "../volume/index.ts";

/** The slice that a key image shows. */
export interface KeySlice {
  /** key-1.png for the most suspicious slab. */
  readonly name: string;
  readonly slab: SlabFinding;
  /** Index among the CT's slices, from 0. */
  readonly slice: number;
  /** Where its first voxel lies. */
  readonly corner: PatientPoint;
}

export interface KeyImage extends KeySlice {
  readonly png: Uint8Array;
}

export interface KeyImageOptions {
  /** How many; fewer when there are fewer slabs. */
  readonly count: number;
}

/** How many a diagnosis has, where it has the slabs. */
export const keyImageCount = 3;
/** Level and width in HU. */
const peWindow = { level: 400, width: 1000 };
/** Slabs nearer than this to a chosen one are passed over. */
const apartMillimetres = 12;
/** Of each of the two pictures. */
const panelWidth = 520;
const barWidth = 96;
const captionHeight = 64;
const strongestGlow = 0.65;

export async function keyImages(
  volume: Volume,
  { document, attention }: Diagnosis,
  { count }: KeyImageOptions,
): Promise<KeyImage[]> {
  const images: KeyImage[] = [];
  for (const shown of keySlices(volume.geometry, document.slabs, count)) {
    const { slab, slice } = shown;
    const bare = await sliceImage(volume, slice);
    const glowing = await sliceImage(volume, slice, attention.voxels);
    const raw = { width: bare.width, height: bare.height, channels: 3 } as const;
    const overlay = drawing(volume, slab, slice, glowing, document);
    const png = await sharp(bare.pixels, { raw })
      .extend({ right: panelWidth + barWidth, bottom: captionHeight, background: "#000" })
      .composite([
        { input: glowing.pixels, raw, top: 0, left: panelWidth },
        { input: Buffer.from(overlay), top: 0, left: 0 },
      ])
      .png()
      .toBuffer();
    images.push({ ...shown, png });
  }
  return images;
}

/**
 * Which slices the key images of a diagnosis show.
 * @param geometry of the CT
 */
export function keySlices(geometry: Geometry, slabs: readonly SlabFinding[], count: number): KeySlice[] {
  return chooseSlabs(slabs, count).map((slab, index) => {
    const slice = nearestSlice(geometry, slab);
    return { name: `key-${index + 1}.png`, slab, slice, corner: toPatient(geometry, voxelPoint(0, 0, slice)) };
  });
}

/** The most probable slabs that lie apart from each other. */
export function chooseSlabs(slabs: readonly SlabFinding[], count: number): SlabFinding[] {
  const chosen: SlabFinding[] = [];
  for (const slab of [...slabs].sort((a, b) => b.probability - a.probability || a.index - b.index)) {
    if (chosen.length === count) break;
    if (chosen.some(({ zMillimetres }) => Math.abs(zMillimetres - slab.zMillimetres) < apartMillimetres)) continue;
    chosen.push(slab);
  }
  return chosen;
}

function nearestSlice(geometry: Geometry, slab: SlabFinding): number {
  const [x, y] = geometry.origin;
  const at = toVoxel(geometry, patientPoint(...(slab.attentionPeakMillimetres ?? [x, y, slab.zMillimetres])));
  return Math.min(Math.max(Math.round(at[2]), 0), geometry.size[2] - 1);
}

interface SliceImage {
  readonly pixels: Buffer;
  readonly width: number;
  readonly height: number;
  /** Image pixels a voxel, across and down. */
  readonly scale: readonly [number, number];
}

/** The slice in the PE window, with attention over it if given, at square pixels. */
async function sliceImage(volume: Volume, slice: number, attention?: Uint8Array): Promise<SliceImage> {
  const [columns, rows] = volume.geometry.size;
  const start = slice * columns * rows;
  const lower = peWindow.level - peWindow.width / 2;
  const pixels = new Uint8Array(columns * rows * 3);
  for (let pixel = 0; pixel < columns * rows; pixel++) {
    const grey = Math.min(255, Math.max(0, ((volume.voxels[start + pixel]! - lower) / peWindow.width) * 255));
    const [colour, opacity] = glow((attention?.[start + pixel] ?? 0) / 255);
    for (let channel = 0; channel < 3; channel++) {
      pixels[3 * pixel + channel] = Math.round(grey * (1 - opacity) + colour[channel]! * opacity);
    }
  }
  const height = Math.max(
    1,
    Math.round((panelWidth * rows * volume.geometry.spacing[1]) / (columns * volume.geometry.spacing[0])),
  );
  const resized = await sharp(pixels, { raw: { width: columns, height: rows, channels: 3 } })
    .resize(panelWidth, height, { fit: "fill", kernel: "cubic" })
    .raw()
    .toBuffer();
  return { pixels: resized, width: panelWidth, height, scale: [panelWidth / columns, height / rows] };
}

/** Colour and opacity of an attention value: nothing, then red, orange, yellow. */
function glow(value: number): readonly [readonly [number, number, number], number] {
  return [[255, 40 + 200 * value, 20 * value], strongestGlow * Math.min(1, value * 1.5)];
}

/** Ring, letters, colour bar and captions, as SVG over the picture. */
function drawing(
  volume: Volume,
  slab: SlabFinding,
  slice: number,
  { height, scale }: SliceImage,
  document: Diagnosis["document"],
): string {
  const text = (x: number, y: number, content: string, style = "") =>
    `<text x="${x}" y="${y}" ${style}>${content.replaceAll("&", "&amp;").replaceAll("<", "&lt;")}</text>`;
  const parts: string[] = [];
  const peak = slab.attentionPeakMillimetres;
  if (peak) {
    const [column, row] = toVoxel(volume.geometry, patientPoint(...peak));
    const [x, y] = [panelWidth + (column + 0.5) * scale[0], (row + 0.5) * scale[1]];
    parts.push(`<circle cx="${x}" cy="${y}" r="16" fill="none" stroke="#7fe3ff" stroke-width="1.5"/>`);
  }
  const width = 2 * panelWidth;
  for (const left of [0, panelWidth]) {
    parts.push(
      text(left + 8, height / 2, "R", 'font-size="18"'),
      text(left + panelWidth - 20, height / 2, "L", 'font-size="18"'),
    );
  }
  const barTop = 40;
  const barHeight = Math.max(40, height - 80);
  const stops = Array.from({ length: 11 }, (_, index) => {
    const [colour, opacity] = glow(1 - index / 10);
    return `<stop offset="${index * 10}%" stop-color="rgb(${colour.map(Math.round).join()})" stop-opacity="${opacity / strongestGlow}"/>`;
  });
  parts.push(
    `<defs><linearGradient id="bar" x1="0" y1="0" x2="0" y2="1">${stops.join("")}</linearGradient></defs>`,
    `<rect x="${width + 16}" y="${barTop}" width="18" height="${barHeight}" fill="url(#bar)" stroke="#888"/>`,
    text(width + 40, barTop + 6, "1.0"),
    text(width + 40, barTop + barHeight / 2 + 5, "0.5"),
    text(width + 40, barTop + barHeight + 4, "0"),
    text(width + 12, barTop - 16, "attention"),
  );
  const isDecided = document.decision !== "indeterminate";
  const where = peak ? `Peak x ${peak[0].toFixed(1)}, y ${peak[1].toFixed(1)}, z ${peak[2].toFixed(1)} mm` : "No peak";
  const lines = [
    `Slab ${slab.index + 1} of ${document.slabs.length}, z = ${slab.zMillimetres.toFixed(1)} mm (slice ${slice + 1})${isDecided ? `, probability ${slab.probability.toFixed(3)}` : ""}`,
    `Window level ${peWindow.level}, width ${peWindow.width} HU. ${where}`,
    `${document.notice} ${isDecided ? `Study probability ${document.probability.toFixed(3)}, model ${document.model.name}` : `Indeterminate: ${document.indeterminateBecause[0]?.code ?? "see diagnosis.json"}`}`,
  ];
  lines.forEach((line, index) => {
    parts.push(text(8, height + 18 + 19 * index, line));
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width + barWidth}" height="${height + captionHeight}" font-family="DejaVu Sans, Arial, Helvetica, sans-serif" font-size="13" fill="#e8e8e8">${parts.join("")}</svg>`;
}
