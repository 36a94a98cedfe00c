/**
 * Three linked planes through one CT, with the attention map laid over it.
 *
 *     const viewer = await Viewer.open({ axial, coronal, sagittal }, volume);
 *     viewer.showAttention(attention);
 *     viewer.goTo(peak);
 *
 * Coordinates are patient millimetres (LPS) throughout; Cornerstone turns them into pixels.
 */
import * as core from "@cornerstonejs/core";
import * as tools from "@cornerstonejs/tools";
import {
  type Geometry,
  type PatientPoint,
  patientPoint,
  toPatient,
  toVoxel,
  type Volume,
  voxelPoint,
} from "../../../src/volume/index.ts";
import { cacheVolume, dropVolume, forgetReading, heatColours, point3, startCornerstone } from "./cornerstone.ts";
import { Measurements } from "./measurements.ts";
import { type Brush, Painting } from "./painting.ts";
import { type WindowPreset, windowPresets, windowRange } from "./windows.ts";

export const planes = ["axial", "coronal", "sagittal"] as const;
export type Plane = (typeof planes)[number];

export const pointerTools = {
  crosshair: { tool: undefined, label: "Crosshair", key: "c" },
  window: { tool: tools.WindowLevelTool, label: "Window", key: "w" },
  pan: { tool: tools.PanTool, label: "Pan", key: "p" },
  zoom: { tool: tools.ZoomTool, label: "Zoom", key: "z" },
  length: { tool: tools.LengthTool, label: "Measure", key: "l" },
  probe: { tool: tools.ProbeTool, label: "HU probe", key: "h" },
} as const;
export type PointerTool = keyof typeof pointerTools;

/** The network's attention, 0 to 255, on a grid of its own in the same patient. */
export interface AttentionMap {
  readonly geometry: Geometry;
  readonly voxels: Uint8Array;
}

const mostAttention = 255;
const { MouseBindings } = tools.Enums;
let opened = 0;

export class Viewer {
  readonly painting: Painting;
  readonly measurements: Measurements;
  readonly #identity: string;
  readonly #volume: Volume;
  readonly #engine: core.RenderingEngine;
  readonly #toolGroup: tools.Types.IToolGroup;
  readonly #listeners = new AbortController();
  #pointer: PointerTool | undefined;
  #position: PatientPoint | undefined;
  #tell: () => void = () => {};
  #attention: { opacity: number; threshold: number; shown: boolean } | undefined;
  #cine: ReturnType<typeof setInterval> | undefined;

  private constructor(identity: string, volume: Volume, engine: core.RenderingEngine, group: tools.Types.IToolGroup) {
    this.#identity = identity;
    this.#volume = volume;
    this.#engine = engine;
    this.#toolGroup = group;
    this.painting = new Painting(identity, this.#volumeId, volume, group, () => this.#viewportIds());
    this.measurements = new Measurements(identity, volume, (plane) => this.#viewport(plane));
  }

  /** Shows `volume` in three elements and resolves once the first image is drawn. */
  static async open(elements: Readonly<Record<Plane, HTMLDivElement>>, volume: Volume): Promise<Viewer> {
    await startCornerstone();
    opened += 1;
    const identity = `reading-${opened}`;
    const engine = new core.RenderingEngine(identity);
    const group = tools.ToolGroupManager.createToolGroup(identity);
    if (!group) throw new Error("the tool group exists already");
    const viewer = new Viewer(identity, volume, engine, group);
    await viewer.#start(elements);
    return viewer;
  }

  get #volumeId(): string {
    return `${this.#identity}-ct`;
  }

  /** Cornerstone's name of the CT. */
  get volumeId(): string {
    return this.#volumeId;
  }

  get volume(): Volume {
    return this.#volume;
  }

  /** Cornerstone's own view of a plane, for the tools that are files of their own. */
  viewportOf(plane: Plane): core.Types.IVolumeViewport {
    return this.#viewport(plane);
  }

  get #attentionId(): string {
    return `${this.#identity}-attention`;
  }

  #viewportIds(): string[] {
    return planes.map((plane) => `${this.#identity}-${plane}`);
  }

  #viewport(plane: Plane): core.Types.IVolumeViewport {
    return this.#engine.getViewport(`${this.#identity}-${plane}`) as core.Types.IVolumeViewport;
  }

  async #start(elements: Readonly<Record<Plane, HTMLDivElement>>): Promise<void> {
    cacheVolume(this.#identity, this.#volumeId, this.#volume.geometry, this.#volume.voxels);
    const orientations = {
      axial: core.Enums.OrientationAxis.AXIAL,
      coronal: core.Enums.OrientationAxis.CORONAL,
      sagittal: core.Enums.OrientationAxis.SAGITTAL,
    };
    this.#engine.setViewports(
      planes.map((plane) => ({
        viewportId: `${this.#identity}-${plane}`,
        type: core.Enums.ViewportType.ORTHOGRAPHIC,
        element: elements[plane],
        defaultOptions: { orientation: orientations[plane], background: [0, 0, 0] as core.Types.Point3 },
      })),
    );
    this.#bindTools();
    await core.setVolumesForViewports(this.#engine, [{ volumeId: this.#volumeId }], this.#viewportIds());
    this.showWindow(windowPresets[0]!);
    this.#engine.render();
    for (const plane of planes) {
      elements[plane].addEventListener("contextmenu", (event) => event.preventDefault(), this.#listeners);
      this.#followPointer(plane, elements[plane]);
    }
    this.goTo(this.centre());
    await this.#drawn();
  }

  /** Draws again a frame later: the first drawing after an upload can still show an empty texture. */
  async #drawn(): Promise<void> {
    for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
    this.#engine.render();
    await new Promise(requestAnimationFrame);
  }

  #bindTools(): void {
    const group = this.#toolGroup;
    for (const id of this.#viewportIds()) group.addViewport(id, this.#identity);
    for (const { tool } of Object.values(pointerTools)) {
      // The settings of measuring; other tools pass them over.
      if (tool) group.addTool(tool.toolName, this.measurements.configuration);
    }
    group.addTool(tools.StackScrollTool.toolName);
    group.setToolActive(tools.StackScrollTool.toolName, { bindings: [{ mouseButton: MouseBindings.Wheel }] });
    this.painting.addTools();
    this.usePointer("crosshair");
  }

  /** Gives the left mouse button to a tool; the middle one pans and the right one zooms unless they are that tool. */
  usePointer(chosen: PointerTool): void {
    this.painting.stop();
    this.#bindPointer(chosen);
  }

  /** Gives the left mouse button to the brush. */
  paint(brush: Brush): void {
    this.#bindPointer(undefined);
    this.painting.start(brush);
  }

  #bindPointer(chosen: PointerTool | undefined): void {
    this.#pointer = chosen;
    for (const [name, { tool }] of Object.entries(pointerTools)) {
      if (!tool) continue;
      const bindings = [
        ...(name === chosen ? [{ mouseButton: MouseBindings.Primary }] : []),
        ...(name === "pan" ? [{ mouseButton: MouseBindings.Auxiliary }] : []),
        ...(name === "zoom" ? [{ mouseButton: MouseBindings.Secondary }] : []),
      ];
      this.#toolGroup.setToolPassive(tool.toolName, { removeAllBindings: true });
      if (bindings.length > 0) this.#toolGroup.setToolActive(tool.toolName, { bindings });
    }
  }

  /** The crosshair follows the left button while it is held. */
  #followPointer(plane: Plane, element: HTMLDivElement): void {
    const follow = (event: PointerEvent) => {
      if (this.#pointer !== "crosshair" || (event.buttons & 1) === 0) return;
      const { left, top } = element.getBoundingClientRect();
      const [x, y, z] = this.#viewport(plane).canvasToWorld([event.clientX - left, event.clientY - top]);
      this.goTo(patientPoint(x, y, z));
    };
    element.addEventListener("pointerdown", follow, this.#listeners);
    element.addEventListener("pointermove", follow, this.#listeners);
  }

  showWindow(preset: Pick<WindowPreset, "level" | "width">): void {
    for (const plane of planes) {
      this.#viewport(plane).setProperties({ voiRange: windowRange(preset) }, this.#volumeId);
    }
    this.#engine.render();
  }

  /** Level and width now shown in the axial plane. */
  window(): { level: number; width: number } {
    const range = this.#viewport("axial").getProperties(this.#volumeId)?.voiRange;
    if (!range) return windowPresets[0]!;
    return { level: (range.lower + range.upper) / 2, width: range.upper - range.lower };
  }

  /** The middle of the scan. */
  centre(): PatientPoint {
    const { size } = this.#volume.geometry;
    return toPatient(this.#volume.geometry, voxelPoint(size[0] / 2, size[1] / 2, size[2] / 2));
  }

  /** Moves the crosshair and all planes to the voxel nearest to a point: a plane between two voxels shows neither. */
  goTo(wished: PatientPoint): void {
    const { geometry } = this.#volume;
    const nearest = toVoxel(geometry, wished).map((index, axis) =>
      Math.min(Math.max(Math.round(index), 0), geometry.size[axis]! - 1),
    ) as [number, number, number];
    const point = toPatient(geometry, voxelPoint(...nearest));
    for (const plane of planes) this.#viewport(plane).jumpToWorld(point3(point));
    this.#position = point;
    this.#engine.render();
    this.#tell();
  }

  /** Where the crosshair is. */
  position(): PatientPoint {
    return this.#position ?? this.centre();
  }

  /** Where the crosshair is on a plane's element, in its pixels from the top left. */
  crosshairOn(plane: Plane): readonly [number, number] {
    const [x, y] = this.#viewport(plane).worldToCanvas(point3(this.position()));
    return [x, y];
  }

  /** Where the axial plane is: a point in its middle. */
  axialPoint(): PatientPoint {
    const focal = this.#viewport("axial").getCamera().focalPoint ?? [0, 0, 0];
    return patientPoint(focal[0], focal[1], focal[2]);
  }

  /** Scrolls the axial plane; positive is towards the feet, as in a stack read from the top. */
  scroll(slices: number): void {
    this.#viewport("axial").scroll(slices);
  }

  /** Plays the axial stack until called again. @returns whether it is playing now */
  toggleCine(framesPerSecond = 12): boolean {
    if (this.#cine !== undefined) {
      clearInterval(this.#cine);
      this.#cine = undefined;
      return false;
    }
    this.#cine = setInterval(() => {
      const viewport = this.#viewport("axial");
      const last = viewport.getNumberOfSlices() - 1;
      viewport.scroll(viewport.getSliceIndex() >= last ? -last : 1);
    }, 1000 / framesPerSecond);
    return true;
  }

  async showAttention(map: AttentionMap): Promise<void> {
    cacheVolume(this.#identity, this.#attentionId, map.geometry, map.voxels);
    await core.addVolumesToViewports(this.#engine, [{ volumeId: this.#attentionId }], this.#viewportIds());
    this.styleAttention({ opacity: 0.5, threshold: 0.3, shown: true });
    await this.#drawn();
  }

  /** @param style opacity and threshold in 0..1: attention below the threshold is clear */
  styleAttention(style: { opacity: number; threshold: number; shown: boolean }): void {
    this.#attention = style;
    for (const plane of planes) {
      const viewport = this.#viewport(plane);
      const actor = viewport.getActors().find(({ referencedId }) => referencedId === this.#attentionId)?.actor;
      if (!actor) continue;
      viewport.setProperties(
        {
          voiRange: { lower: 0, upper: mostAttention },
          colormap: { name: heatColours, opacity: attentionOpacity(style) },
        },
        this.#attentionId,
      );
      // Without this the overlay of a thin slice adds up to nothing: its opacity counts a whole unit of depth.
      const property = (actor as core.Types.VolumeActor).getProperty();
      property.setScalarOpacityUnitDistance(0, 0.05);
      actor.setVisibility(style.shown);
    }
    this.#engine.render();
  }

  attentionStyle() {
    return this.#attention;
  }

  /** Fits the planes to their elements after a change of layout. */
  resize(): void {
    this.#engine.resize(true, true);
  }

  resetView(): void {
    for (const plane of planes) {
      this.#viewport(plane).resetCamera();
    }
    this.goTo(this.centre());
  }

  /** Calls `listener` whenever a plane moves, the window changes or the crosshair is set. */
  onChange(listener: () => void): void {
    const { signal } = this.#listeners;
    for (const plane of planes) {
      const { element } = this.#viewport(plane);
      element.addEventListener(core.Enums.Events.CAMERA_MODIFIED, listener, { signal });
      element.addEventListener(core.Enums.Events.VOI_MODIFIED, listener, { signal });
    }
    this.#tell = listener;
  }

  close(): void {
    clearInterval(this.#cine);
    this.#listeners.abort();
    this.painting.close();
    this.measurements.close();
    forgetReading(this.#identity);
    tools.ToolGroupManager.destroyToolGroup(this.#identity);
    this.#engine.destroy();
    for (const id of [this.#volumeId, this.#attentionId]) dropVolume(id);
  }
}

/** Clear below the threshold, then rising to the chosen opacity. */
function attentionOpacity({ opacity, threshold }: { opacity: number; threshold: number }) {
  const edge = Math.min(Math.max(threshold, 0.001), 0.998);
  return [
    { value: 0, opacity: 0 },
    { value: edge * mostAttention, opacity: 0 },
    { value: edge * mostAttention + 0.5, opacity: opacity * 0.6 },
    { value: mostAttention, opacity },
  ];
}
