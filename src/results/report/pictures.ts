/**
 * Slices with attention over them, as pictures inside the page.
 *
 *     const { dataUrl } = await overlayPicture({ slice, size: 192, attention, truth });
 *
 * The slice is grey, attention glows from transparent through orange to yellow, the truth is a thin green outline: three things that
 * stay apart in print and for the colour-blind.
 */
import sharp from "sharp";

export interface Overlay {
  /** Grey values 0..255 of a square slice, rows after rows. */
  readonly slice: Uint8Array;
  /** Pixels a side. */
  readonly size: number;
  /** Attention in [0, 1] on a coarser square grid, stretched over the slice bilinearly; none for the bare slice. */
  readonly attention?: ArrayLike<number>;
  /** Truth on any square grid, outlined; nothing outlined when all zero. */
  readonly truth?: ArrayLike<number>;
  /** Pixels a side of the picture. Default 256. */
  readonly shown?: number;
}

export interface Picture {
  readonly dataUrl: string;
  readonly width: number;
  readonly height: number;
}

/** Bilinear value of a square grid at a pixel centre of a finer square grid, edges held. */
function sample(grid: ArrayLike<number>, side: number, x: number, y: number): number {
  const bound = (value: number) => Math.min(side - 1, Math.max(0, value));
  const [left, top] = [bound(Math.floor(x)), bound(Math.floor(y))];
  const [right, bottom] = [bound(left + 1), bound(top + 1)];
  const [fx, fy] = [bound(x) - left, bound(y) - top];
  const upper = grid[top * side + left]! * (1 - fx) + grid[top * side + right]! * fx;
  const lower = grid[bottom * side + left]! * (1 - fx) + grid[bottom * side + right]! * fx;
  return upper * (1 - fy) + lower * fy;
}

/** Transparent to orange to yellow. */
function glow(value: number): readonly [number, number, number, number] {
  return [255, 70 + 170 * value, 20 + 40 * value * value, 0.75 * Math.sqrt(Math.max(0, value))];
}

const outlineColour = [60, 220, 120] as const;

export async function overlayPicture({ slice, size, attention, truth, shown = 256 }: Overlay): Promise<Picture> {
  const pixels = new Uint8Array(shown * shown * 3);
  const attentionSide = attention ? Math.round(Math.sqrt(attention.length)) : 0;
  const truthSide = truth ? Math.round(Math.sqrt(truth.length)) : 0;
  const place = (pixel: number, side: number) => ((pixel + 0.5) * side) / shown - 0.5;
  const inside = (x: number, y: number) =>
    truth !== undefined &&
    truth[Math.floor((y * truthSide) / shown) * truthSide + Math.floor((x * truthSide) / shown)]! > 0;
  for (let y = 0; y < shown; y++) {
    for (let x = 0; x < shown; x++) {
      const grey = sample(slice, size, place(x, size), place(y, size));
      const [red, green, blue, opacity] = attention
        ? glow(sample(attention, attentionSide, place(x, attentionSide), place(y, attentionSide)))
        : [0, 0, 0, 0];
      const at = 3 * (y * shown + x);
      const edge =
        inside(x, y) &&
        !(
          x > 0 &&
          y > 0 &&
          x < shown - 1 &&
          y < shown - 1 &&
          inside(x - 1, y) &&
          inside(x + 1, y) &&
          inside(x, y - 1) &&
          inside(x, y + 1)
        );
      pixels[at] = edge ? outlineColour[0] : grey * (1 - opacity) + red * opacity;
      pixels[at + 1] = edge ? outlineColour[1] : grey * (1 - opacity) + green * opacity;
      pixels[at + 2] = edge ? outlineColour[2] : grey * (1 - opacity) + blue * opacity;
    }
  }
  const png = await sharp(pixels, { raw: { width: shown, height: shown, channels: 3 } })
    .png({ compressionLevel: 9 })
    .toBuffer();
  return { dataUrl: `data:image/png;base64,${png.toString("base64")}`, width: shown, height: shown };
}
