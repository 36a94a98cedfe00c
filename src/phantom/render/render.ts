/**
 * Cuts a scene into the slices of a CT: tissues laid over each other from the skin inward, then artefacts and noise.
 *
 *     const { hu, labels } = renderScene(scene, acquisition, hospital, random);
 *
 * One slice at a time on a buffer of floats; what does not change from slice to slice is prepared once.
 */
import type { Random } from "../../random.ts";
import type { Field, FieldPlane } from "../anatomy/field.ts";
import { spine } from "../anatomy/torso.ts";
import type { Acquisition, Hospital } from "../hospital.ts";
import { inLung, type Tubes } from "../place-findings.ts";
import type { Scene } from "../scene.ts";
import { type NoiseSettings, SliceNoise } from "./artefacts.ts";
import { FieldBrush, type Texture } from "./brush.ts";
import { paintDependent, paintLungs } from "./lungs.ts";
import { tableLayer } from "./table.ts";
import { TexturePlaces } from "./texture-places.ts";
import { textureTile } from "./tiles.ts";
import { type PixelGrid, sliceLevels, TubeIndex, TubeLayer } from "./tubes.ts";

export interface Rendered {
  /** Slices from the lowest up. */
  readonly hu: Int16Array;
  /** Label of the embolus a voxel belongs to, 0 for none. */
  readonly labels: Uint8Array;
  /** Millilitres of each clot as drawn, by label. */
  readonly millilitres: ReadonlyMap<number, number>;
  readonly grid: PixelGrid;
  /** Levels of the slices' centres, growing. */
  readonly levels: Float64Array;
}

const fat = -106;
const muscle = 52;

/** A voxel belongs to a clot when at least this share of it does. */
const clotShare = 0.45;
/** Below this share nobody could see the clot. */
const faintestShare = 0.15;

export function renderScene(scene: Scene, acquisition: Acquisition, hospital: Hospital, random: Random): Rendered {
  const painter = new ScenePainter(scene, acquisition, hospital, random);
  return painter.render();
}

class ScenePainter {
  readonly #scene: Scene;
  readonly #acquisition: Acquisition;
  readonly #hospital: Hospital;
  readonly #grid: PixelGrid;
  readonly #levels: Float64Array;
  readonly #brush: FieldBrush;
  readonly #layer: TubeLayer;
  readonly #clotLayer: TubeLayer;
  /** Share of each pixel in which vessels and bronchi of the lung may appear. */
  readonly #open: Float32Array;
  readonly #indices: Record<keyof Tubes, TubeIndex>;
  readonly #blur: number;
  readonly #textures: Readonly<Record<"fine" | "smooth" | "coarse", TexturePlaces>>;
  readonly #noise: SliceNoise;
  readonly #millilitres = new Map<number, number>();
  /** Of each clot, the voxel it fills most of. */
  readonly #fullest = new Map<number, { readonly voxel: number; readonly share: number }>();

  constructor(scene: Scene, acquisition: Acquisition, hospital: Hospital, random: Random) {
    this.#scene = scene;
    this.#acquisition = acquisition;
    this.#hospital = hospital;
    const { columns, spacing, centre, bottom, top, increment, thickness } = acquisition;
    const half = ((columns - 1) / 2) * spacing;
    this.#grid = { columns, rows: columns, left: centre[0] - half, front: centre[1] - half, spacing };
    const slices = Math.floor((top - bottom) / increment) + 1;
    this.#levels = Float64Array.from({ length: slices }, (_, slice) => bottom + slice * increment);
    this.#blur = Math.max(hospital.blur, spacing);
    this.#brush = new FieldBrush(this.#grid, [scene.patient.scale[0], scene.patient.scale[1]]);
    this.#layer = new TubeLayer(this.#grid);
    this.#clotLayer = new TubeLayer(this.#grid);
    this.#open = new Float32Array(columns * columns);
    const reach = thickness / 2 + this.#blur + (acquisition.breathing?.amplitude ?? 0);
    this.#indices = Object.fromEntries(
      Object.entries(scene.tubes).map(([name, set]) => [name, new TubeIndex(set, this.#levels, reach)]),
    ) as Record<keyof Tubes, TubeIndex>;
    this.#textures = {
      fine: new TexturePlaces(this.#grid, textureTile(0.8), 0.9, random),
      smooth: new TexturePlaces(this.#grid, textureTile(1.6), 2.2, random),
      coarse: new TexturePlaces(this.#grid, textureTile(2.4), 3.1, random),
    };
    const settings: NoiseSettings = { grain: hospital.grain, noise: acquisition.noise, padded: hospital.padding };
    this.#noise = new SliceNoise(this.#grid, settings, scene, random);
  }

  render(): Rendered {
    const pixels = this.#grid.columns * this.#grid.rows;
    const volume = new Int16Array(pixels * this.#levels.length);
    const labels = new Uint8Array(volume.length);
    const hu = new Float32Array(pixels);
    const table = tableLayer(this.#grid, this.#hospital, this.#scene.patient);
    for (let slice = 0; slice < this.#levels.length; slice++) {
      hu.set(table);
      const level = this.#levels[slice]! + this.#breath(this.#levels[slice]!);
      this.#paint(hu, slice, level, labels.subarray(slice * pixels, (slice + 1) * pixels));
      this.#noise.finish(hu, slice, level, volume.subarray(slice * pixels, (slice + 1) * pixels));
    }
    this.#markFaint(labels);
    return { hu: volume, labels, millilitres: this.#millilitres, grid: this.#grid, levels: this.#levels };
  }

  /** Where the anatomy has moved to while this level was scanned. */
  #breath(level: number): number {
    const breathing = this.#acquisition.breathing;
    if (!breathing) return 0;
    const away = (level - breathing.centre) / breathing.extent;
    return Math.abs(away) > 1
      ? 0
      : breathing.amplitude *
          (1 - away * away) *
          Math.sin((2 * Math.PI * (level - breathing.centre)) / breathing.period);
  }

  #paint(hu: Float32Array, slice: number, level: number, labels: Uint8Array): void {
    const { scene, heart, torso, bones, contrast, patient } = {
      scene: this.#scene,
      ...this.#scene,
    };
    const z = level / patient.scale[2];
    const thickness = this.#acquisition.thickness;
    const levels = sliceLevels(level, thickness);
    const fine = this.#textures.fine.at(level);
    const smooth = this.#textures.smooth.at(level);
    const coarse = this.#textures.coarse.at(level);
    const brush = this.#brush;
    const cut = (field: Field) => field.plane(z, this.#blur, thickness);
    const cover = (field: Field, grow = 0) => brush.cover(cut(field), grow);
    const [skin, muscles, cage, lungs] = [cut(torso.skin), cut(torso.muscle), cut(torso.cage), cut(torso.lungs)];

    if (brush.cover(skin)) brush.paintTextured(hu, fat, { ...smooth, amplitude: 7 });
    if (brush.cover(muscles)) brush.paintTextured(hu, muscle, { ...smooth, amplitude: 6 });
    const sheet = (plane: FieldPlane | undefined, grow: number, half: number) =>
      brush.cover(plane, grow, half / this.#blur) && brush.paintBroken(hu, fat, coarse);
    if (brush.cover(skin, -0.8, 0.8 / this.#blur)) brush.paint(hu, 25);
    // Sheets of fat between the muscles of the chest wall.
    sheet(cage, 12, 1);
    sheet(muscles, -8, 0.8);
    sheet(muscles, -19, 1.1);
    sheet(muscles, -33, 0.9);
    const back = Math.round(((spine(z) + 6) * patient.scale[1] - this.#grid.front) / this.#grid.spacing);
    if (brush.cover(cage, -1.5)) brush.paintTextured(hu, fat + 6, { ...smooth, amplitude: 10 }, Math.max(0, back));
    if (cover(torso.spleen)) brush.paintTextured(hu, contrast.spleen, { ...smooth, amplitude: contrast.timing * 14 });
    if (cover(torso.liver)) brush.paintTextured(hu, contrast.liver, { ...smooth, amplitude: 4 });
    if (cover(torso.stomach)) {
      brush.paint(hu, 45);
      cover(torso.stomach, -4);
      brush.paint(hu, 15);
      // Gas lies in front, above the fluid's level.
      const fluid = Math.round((-28 * patient.scale[1] - this.#grid.front) / this.#grid.spacing);
      brush.paint(hu, -960, Math.max(-1, fluid));
    }
    this.#open.fill(0);
    if (brush.cover(lungs)) paintLungs(hu, brush, this.#grid, scene, level, fine, smooth);
    if (brush.cover(lungs, 7)) brush.copyTo(this.#open);
    if (brush.cover(lungs)) paintDependent(hu, brush, this.#grid, scene, level, this.#open);

    this.#drawTubes(hu, "cartilage", slice, levels);
    this.#drawTubes(hu, "cortex", slice, levels);
    this.#drawTubes(hu, "marrow", slice, levels);
    if (cover(bones.sternum)) brush.paint(hu, 420);
    if (cover(bones.sternum, -1.6)) brush.paintTextured(hu, 130, { ...fine, amplitude: 30 });
    if (cover(bones.vertebrae)) brush.paint(hu, 430);
    const spongy = 210 - Math.max(0, patient.age - 30) * 2;
    if (cover(bones.vertebrae, -1.1)) brush.paintTextured(hu, spongy, { ...fine, amplitude: 35 });
    if (cover(bones.discs)) brush.paint(hu, 85);
    this.#drawTubes(hu, "canal", slice, levels);

    this.#drawTubes(hu, "soft", slice, levels);
    this.#drawTubes(hu, "systemic", slice, levels, { ...smooth, amplitude: 0.015 });
    this.#closeTubes();
    if (cover(heart.muscle)) brush.paintTextured(hu, contrast.myocardium, { ...smooth, amplitude: 5 });
    brush.eraseFrom(this.#open);
    const swirl = (value: number, share: number) => ({ ...smooth, amplitude: value * share });
    if (cover(heart.leftAtrium)) brush.paintTextured(hu, contrast.leftHeart, swirl(contrast.leftHeart, 0.02));
    brush.eraseFrom(this.#open);
    if (cover(heart.leftVentricle)) brush.paintTextured(hu, contrast.leftHeart, swirl(contrast.leftHeart, 0.02));
    if (cover(heart.rightAtrium)) brush.paintTextured(hu, contrast.rightAtrium, swirl(contrast.rightAtrium, 0.14));
    if (cover(heart.rightVentricle))
      brush.paintTextured(hu, contrast.rightVentricle, swirl(contrast.rightVentricle, 0.05));

    this.#drawTubes(hu, "pulmonaryVeins", slice, levels, { ...smooth, amplitude: 0.02 });
    this.#drawTubes(hu, "bronchialWalls", slice, levels);
    this.#drawTubes(hu, "bronchialLumina", slice, levels);
    this.#layer.clear();
    this.#layer.draw(this.#indices.arteries, slice, levels, this.#blur);
    this.#confine(this.#layer);
    this.#dilute(level);
    this.#lay(hu, this.#layer, { ...smooth, amplitude: contrast.unevenness });
    this.#drawClots(hu, slice, levels, labels);
    this.#drawTubes(hu, "calcium", slice, levels);
    this.#drawTubes(hu, "pads", slice, levels);
    this.#drawTubes(hu, "wires", slice, levels);
  }

  /** Takes the tubes just drawn out of where the lung's own may appear. */
  #closeTubes(): void {
    const { touched, coverage, count } = this.#layer;
    for (let index = 0; index < count; index++) {
      const pixel = touched[index]!;
      this.#open[pixel] = this.#open[pixel]! * (1 - coverage[pixel]!);
    }
  }

  /** Cuts off what tubes of the lung would show outside of it. */
  #confine(layer: TubeLayer): void {
    const { touched, coverage, label, count } = layer;
    for (let index = 0; index < count; index++) {
      const pixel = touched[index]!;
      if (label[pixel] === inLung) coverage[pixel] = coverage[pixel]! * this.#open[pixel]!;
    }
  }

  #drawTubes(hu: Float32Array, name: keyof Tubes, slice: number, levels: Float64Array, texture?: Texture): void {
    this.#layer.clear();
    this.#layer.draw(this.#indices[name], slice, levels, this.#blur);
    if (name === "pulmonaryVeins" || name === "bronchialWalls" || name === "bronchialLumina")
      this.#confine(this.#layer);
    this.#lay(hu, this.#layer, texture);
  }

  /** Lays tubes over the slice; a texture's amplitude is then a share of each tube's own HU. */
  #lay(hu: Float32Array, layer: TubeLayer, texture?: Texture): void {
    const { coverage, value, touched, count } = layer;
    const { columns } = this.#grid;
    for (let index = 0; index < count; index++) {
      const pixel = touched[index]!;
      let own = value[pixel]!;
      if (texture) {
        const row = Math.floor(pixel / columns);
        const place = texture.level + texture.rows[row]! + texture.columns[pixel - row * columns]!;
        own *= 1 + texture.amplitude * texture.tile[place]!;
      }
      hu[pixel] = hu[pixel]! + (own - hu[pixel]!) * coverage[pixel]!;
    }
  }

  /** A clot that nowhere fills enough of a voxel is marked where it fills most. */
  #markFaint(labels: Uint8Array): void {
    for (const [label, { voxel, share }] of this.#fullest) {
      if (share < clotShare && share >= faintestShare && labels[voxel] === 0) labels[voxel] = label;
    }
  }

  /** Poorly mixed contrast: fades the arteries' value around each patch. */
  #dilute(level: number): void {
    const { columns, left, front, spacing } = this.#grid;
    const { scale } = this.#scene.patient;
    const layer = this.#layer;
    for (const { centre, radius, share } of this.#scene.lookalikes.patches) {
      const dz = (level - centre[2] * scale[2]) / radius;
      if (Math.abs(dz) > 2.5) continue;
      for (let index = 0; index < layer.count; index++) {
        const pixel = layer.touched[index]!;
        const row = Math.floor(pixel / columns);
        const dx = (left + (pixel - row * columns) * spacing - centre[0] * scale[0]) / radius;
        const dy = (front + row * spacing - centre[1] * scale[1]) / radius;
        const away = dx * dx + dy * dy + dz * dz;
        if (away < 6) layer.value[pixel] = layer.value[pixel]! * (1 - (1 - share) * Math.exp(-1.1 * away));
      }
    }
  }

  /** Clots, cut to the lumen that was drawn last. */
  #drawClots(hu: Float32Array, slice: number, levels: Float64Array, labels: Uint8Array): void {
    const clots = this.#clotLayer;
    clots.clear();
    clots.draw(this.#indices.clots, slice, levels, this.#blur);
    const size = (this.#grid.spacing ** 2 * this.#acquisition.increment) / 1000;
    for (let index = 0; index < clots.count; index++) {
      const pixel = clots.touched[index]!;
      const lumen = this.#layer.coverage[pixel]!;
      const covered = Math.min(clots.coverage[pixel]!, lumen);
      if (covered === 0) continue;
      // Where the lumen's edge runs, the vessel was laid on with the same share: take the clot's part of that.
      const share = Math.min(1, covered / Math.max(lumen, 1e-3));
      const own = this.#layer.value[pixel]!;
      hu[pixel] = hu[pixel]! + (clots.value[pixel]! - own) * lumen * share;
      const label = clots.label[pixel]!;
      if (covered >= clotShare) labels[pixel] = label;
      const voxel = slice * labels.length + pixel;
      if (covered > (this.#fullest.get(label)?.share ?? 0)) this.#fullest.set(label, { voxel, share: covered });
      this.#millilitres.set(label, (this.#millilitres.get(label) ?? 0) + covered * size);
    }
  }
}
