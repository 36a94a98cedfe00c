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
import { type PlaneOrientation, planeOrientations } from "./orientation.ts";
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
/** Less than any slice is thick, in millimetres. */
const nearlyNothing = 1e-3;
/** What browsers call a notch of the wheel, at most, in pixels. */
const wheelNotch = 50;
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
  readonly #orientations: Readonly<Record<Plane, PlaneOrientation>>;
  #resizing: ResizeObserver | undefined;
  #pointer: PointerTool | undefined;
  #position: PatientPoint | undefined;
  /** The plane that was pointed at or focused last: keys scroll it. */
  #active: Plane = "axial";
  #tell: () => void = () => {};
  #attention: { opacity: number; threshold: number; shown: boolean } | undefined;
  #cine: ReturnType<typeof setInterval> | undefined;

  private constructor(identity: string, volume: Volume, engine: core.RenderingEngine, group: tools.Types.IToolGroup) {
    this.#identity = identity;
    this.#volume = volume;
    this.#engine = engine;
    this.#toolGroup = group;
    this.#orientations = planeOrientations(volume.geometry);
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
    this.#engine.setViewports(
      planes.map((plane) => ({
        viewportId: `${this.#identity}-${plane}`,
        type: core.Enums.ViewportType.ORTHOGRAPHIC,
        element: elements[plane],
        defaultOptions: { orientation: this.#orientations[plane], background: [0, 0, 0] as core.Types.Point3 },
      })),
    );
    this.#bindTools();
    await core.setVolumesForViewports(this.#engine, [{ volumeId: this.#volumeId }], this.#viewportIds());
    this.showWindow(windowPresets[0]!);
    this.#engine.render();
    for (const plane of planes) {
      elements[plane].addEventListener("contextmenu", (event) => event.preventDefault(), this.#listeners);
      // Cornerstone takes its elements out of the order of the Tab key; the one in focus is scrolled by keys.
      elements[plane].tabIndex = 0;
      this.#followPointer(plane, elements[plane]);
      this.#linkPlane(plane, elements[plane]);
    }
    this.goTo(this.centre());
    this.#followSize(elements);
    await this.#drawn();
  }

  /** Fits the planes to their elements whenever a window, a zoom of the browser or a turned tablet changes them. */
  #followSize(elements: Readonly<Record<Plane, HTMLDivElement>>): void {
    this.#resizing = new ResizeObserver(() => this.resize());
    for (const plane of planes) this.#resizing.observe(elements[plane]);
    // A zoom of the browser may change how many pixels an element has and not its size.
    addEventListener("resize", () => this.resize(), this.#listeners);
  }

  /** What is done in one plane holds for all: where it was scrolled to, and the window that was dragged in it. */
  #linkPlane(plane: Plane, element: HTMLDivElement): void {
    const { signal } = this.#listeners;
    const activate = () => {
      this.#active = plane;
    };
    element.addEventListener("pointerdown", activate, { signal });
    let turned = 0;
    element.addEventListener(
      "wheel",
      (event) => {
        event.preventDefault();
        activate();
        // A mouse turns by a notch, a touchpad by a few pixels at a time.
        turned += event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? event.deltaY / wheelNotch : event.deltaY;
        if (Math.abs(turned) < 1) return;
        this.scroll(Math.sign(turned), plane);
        turned = 0;
      },
      { signal, passive: false },
    );
    element.addEventListener("focus", activate, { signal });
    element.addEventListener(core.Enums.Events.CAMERA_MODIFIED, () => this.#followScroll(plane), { signal });
    element.addEventListener(
      core.Enums.Events.VOI_MODIFIED,
      ((event: core.Types.EventTypes.VoiModifiedEvent) => {
        const { volumeId, range } = event.detail;
        if (volumeId === this.#volumeId) this.#showRange(range, plane);
      }) as EventListener,
      { signal },
    );
  }

  /** Takes the crosshair along when a plane is scrolled; moving the picture within its plane leaves it where it is. */
  #followScroll(plane: Plane): void {
    const { focalPoint, viewPlaneNormal } = this.#viewport(plane).getCamera();
    const from = this.#position;
    if (!focalPoint || !viewPlaneNormal || !from) return;
    const [x, y, z] = viewPlaneNormal;
    const depth = (focalPoint[0] - from[0]) * x + (focalPoint[1] - from[1]) * y + (focalPoint[2] - from[2]) * z;
    if (Math.abs(depth) < nearlyNothing) return;
    this.#position = patientPoint(from[0] + depth * x, from[1] + depth * y, from[2] + depth * z);
    this.#tell();
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
    this.#showRange(windowRange(preset));
  }

  /** Shows a range of HU in all planes, or in all but the one that shows it already. */
  #showRange(range: core.Types.VOIRange, already?: Plane): void {
    for (const plane of planes) {
      if (plane !== already) this.#viewport(plane).setProperties({ voiRange: range }, this.#volumeId, true);
    }
    this.#engine.render();
    this.#tell();
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

  get #mostSlices(): number {
    return Math.max(...this.#volume.geometry.size);
  }

  /** Moves the crosshair and all planes to the voxel nearest to a point, and the point into view in each. */
  goTo(wished: PatientPoint): void {
    this.#moveTo(wished);
    for (const plane of planes) this.#bringIntoView(plane);
  }

  /** To the nearest voxel: a plane between two voxels shows neither. */
  #moveTo(wished: PatientPoint): void {
    const { geometry } = this.#volume;
    const nearest = toVoxel(geometry, wished).map((index, axis) =>
      Math.min(Math.max(Math.round(index), 0), geometry.size[axis]! - 1),
    ) as [number, number, number];
    const point = toPatient(geometry, voxelPoint(...nearest));
    this.#position = point;
    for (const plane of planes) this.#viewport(plane).jumpToWorld(point3(point));
    this.#engine.render();
    this.#tell();
  }

  /** Moves the picture so that the crosshair is in its middle, where it would else be outside. */
  #bringIntoView(plane: Plane): void {
    const viewport = this.#viewport(plane);
    const [x, y] = this.crosshairOn(plane);
    const { clientWidth, clientHeight } = viewport.element;
    if (x >= 0 && y >= 0 && x <= clientWidth && y <= clientHeight) return;
    const { focalPoint, position } = viewport.getCamera();
    if (!focalPoint || !position) return;
    const shift = this.position().map((part, axis) => part - focalPoint[axis]!);
    viewport.setCamera({
      focalPoint: point3(this.position()),
      position: [position[0] + shift[0]!, position[1] + shift[1]!, position[2] + shift[2]!],
    });
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

  /** The slice of the CT that the crosshair is on, counted from 0. */
  slice(): number {
    const { geometry } = this.#volume;
    return Math.min(Math.max(Math.round(toVoxel(geometry, this.position())[2]), 0), geometry.size[2] - 1);
  }

  /** Goes to a slice of the CT, with the crosshair at the same place in it. */
  goToSlice(slice: number): void {
    const [column, row] = toVoxel(this.#volume.geometry, this.position());
    this.goTo(toPatient(this.#volume.geometry, voxelPoint(column, row, slice)));
  }

  /** The plane that shows the slices of the CT as they were acquired. */
  acquiredPlane(): Plane {
    return planes.find((plane) => this.#orientations[plane].axis === 2) ?? "axial";
  }

  /**
   * Scrolls a plane, if not said otherwise the one that was pointed at or focused last, by slices of the CT; positive is
   * towards the feet, the back or the right. The other planes and where the picture was moved to stay.
   */
  scroll(slices: number, plane: Plane = this.#active): void {
    const { geometry } = this.#volume;
    const { axis } = this.#orientations[plane];
    const [x, y, z] = geometry.axes[axis];
    const step = { axial: -z, coronal: y, sagittal: -x }[plane] < 0 ? -slices : slices;
    const voxel = [...toVoxel(geometry, this.position())] as [number, number, number];
    voxel[axis] += step;
    this.#moveTo(toPatient(geometry, voxelPoint(...voxel)));
  }

  /** Plays the axial stack until called again. @returns whether it is playing now */
  toggleCine(framesPerSecond = 12): boolean {
    if (this.#cine !== undefined) {
      clearInterval(this.#cine);
      this.#cine = undefined;
      return false;
    }
    this.#cine = setInterval(() => {
      const before = this.position();
      this.scroll(1, "axial");
      if (this.position().every((part, axis) => part === before[axis])) this.scroll(-this.#mostSlices, "axial");
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

  /** Fits the planes to their elements: what was shown whole stays whole, what was enlarged stays as large. */
  resize(): void {
    const zooms = planes.map((plane) => this.#viewport(plane).getZoom());
    this.#engine.resize(true, true);
    planes.forEach((plane, index) => {
      this.#viewport(plane).setZoom(zooms[index]!);
    });
    this.#engine.render();
    // While a drawing is pending Cornerstone passes over a change of size.
    if (!planes.every((plane) => isFitted(this.#viewport(plane)))) this.#resizeLater();
    this.#tell();
  }

  #resizeLater(): void {
    requestAnimationFrame(() => {
      if (!this.#listeners.signal.aborted) this.resize();
    });
  }

  /** Shows the whole planes in the first window again; the crosshair stays where it is. */
  resetView(): void {
    const position = this.position();
    for (const plane of planes) this.#viewport(plane).resetCamera();
    this.showWindow(windowPresets[0]!);
    this.goTo(position);
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
    this.#resizing?.disconnect();
    this.painting.close();
    this.measurements.close();
    forgetReading(this.#identity);
    tools.ToolGroupManager.destroyToolGroup(this.#identity);
    this.#engine.destroy();
    for (const id of [this.#volumeId, this.#attentionId]) dropVolume(id);
  }
}

/** Whether a plane's canvas has the pixels of its place on the screen; a hidden one has none to have. */
function isFitted({ canvas }: core.Types.IVolumeViewport): boolean {
  const fits = (pixels: number, size: number) => size === 0 || Math.round(size * devicePixelRatio) === pixels;
  return fits(canvas.width, canvas.clientWidth) && fits(canvas.height, canvas.clientHeight);
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
