/**
 * What a reader measures on the CT: lengths and HU probes, taken up from where they are kept and given back to be kept.
 *
 *     measurements.show(own, others);
 *     measurements.onChange(() => save(measurements.own()));
 *
 * Points are patient millimetres. A measurement belongs to the plane it was drawn in; another reader's can't be moved.
 */
import * as core from "@cornerstonejs/core";
import * as tools from "@cornerstonejs/tools";
import type { Measurement, NewMeasurement } from "../../../src/service/schema.ts";
import { type PatientPoint, patientPoint, type Triple, toVoxel, type Volume } from "../../../src/volume/index.ts";
import { point3 } from "./cornerstone.ts";

export type MeasuredPlane = NewMeasurement["plane"];
/** One on the screen, which does not know what series it is on. */
export type DrawnMeasurement = DistributiveOmit<NewMeasurement, "seriesInstanceUID">;
type DistributiveOmit<One, Key extends PropertyKey> = One extends unknown ? Omit<One, Key> : never;

const kinds = { length: tools.LengthTool, probe: tools.ProbeTool } as const;
type Kind = keyof typeof kinds;
const kindOf = (toolName: string): Kind | undefined =>
  (Object.keys(kinds) as Kind[]).find((kind) => kinds[kind].toolName === toolName);

/** Teal is what the reader draws, violet what another reader has drawn. */
const colours = { own: "rgb(80, 220, 200)", other: "rgb(190, 130, 255)" } as const;
const style = (colour: string) => ({
  color: colour,
  colorHighlighted: colour,
  colorSelected: colour,
  colorLocked: colour,
  textBoxColor: colour,
  textBoxColorHighlighted: colour,
  textBoxColorSelected: colour,
  textBoxColorLocked: colour,
});

/** How long after the last movement a change is told, in milliseconds. */
const pause = 250;

export const millimetresOf = ([from, to]: readonly [Triple, Triple]): number =>
  Math.hypot(to[0] - from[0], to[1] - from[1], to[2] - from[2]);

/** What it measures, as it stands beside it. */
export const measuredText = (measurement: DrawnMeasurement): string =>
  measurement.kind === "length"
    ? `${millimetresOf(measurement.points).toFixed(1)} mm`
    : `${Math.round(measurement.hu)} HU`;

export class Measurements {
  readonly #identity: string;
  readonly #volume: Volume;
  readonly #viewport: (plane: MeasuredPlane) => core.Types.IVolumeViewport;
  readonly #listeners = new AbortController();
  /** Cornerstone's identifiers of those that belong to other readers. */
  #others: ReadonlySet<string> = new Set();
  #showing = false;
  #waiting: ReturnType<typeof setTimeout> | undefined;
  #tell: (() => void) | undefined;

  constructor(identity: string, volume: Volume, viewport: (plane: MeasuredPlane) => core.Types.IVolumeViewport) {
    this.#identity = identity;
    this.#volume = volume;
    this.#viewport = viewport;
    tools.annotation.config.style.setToolGroupToolStyles(identity, { global: style(colours.own) });
    const events = tools.Enums.Events;
    for (const event of [
      events.ANNOTATION_ADDED,
      events.ANNOTATION_COMPLETED,
      events.ANNOTATION_MODIFIED,
      events.ANNOTATION_REMOVED,
    ]) {
      core.eventTarget.addEventListener(event, this.#noticed);
    }
    this.#listeners.signal.addEventListener("abort", () => {
      for (const event of Object.values(events)) core.eventTarget.removeEventListener(event, this.#noticed);
    });
  }

  /** The measuring tools' settings. */
  readonly configuration = {
    getTextLines: (data: { readonly label?: string; readonly handles: { readonly points: readonly Triple[] } }) => {
      const [from, to] = data.handles.points;
      if (!from) return [];
      const value = to ? `${millimetresOf([from, to]).toFixed(1)} mm` : `${Math.round(this.#huAt(from))} HU`;
      return data.label ? [value, data.label] : [value];
    },
  };

  #drawn(): tools.Types.Annotation[] {
    return tools.annotation.state
      .getAllAnnotations()
      .filter(
        ({ metadata }) =>
          metadata?.FrameOfReferenceUID === this.#identity && kindOf(metadata.toolName ?? "") !== undefined,
      );
  }

  /** Those that are this reader's, in the order they were drawn in. */
  own(): DrawnMeasurement[] {
    return this.#drawn()
      .filter(({ annotationUID }) => annotationUID !== undefined && !this.#others.has(annotationUID))
      .flatMap((annotation) => this.#read(annotation) ?? []);
  }

  #read({ annotationUID, metadata, data }: tools.Types.Annotation): DrawnMeasurement | undefined {
    const [from, to] = (data.handles?.points ?? []).map(rounded);
    const base = { id: annotationUID!, plane: this.#planeOf(metadata!.viewPlaneNormal) };
    if (kindOf(metadata!.toolName) === "probe") {
      return from && { ...base, kind: "probe", points: [from], hu: this.#huAt(from) };
    }
    // One that was only begun has no length yet.
    return from && to && millimetresOf([from, to]) > 0 ? { ...base, kind: "length", points: [from, to] } : undefined;
  }

  #planeOf(normal: core.Types.Point3 | undefined): MeasuredPlane {
    const planes = ["axial", "coronal", "sagittal"] as const;
    const along = (plane: MeasuredPlane) => {
      const other = this.#viewport(plane).getCamera().viewPlaneNormal ?? [0, 0, 0];
      return Math.abs((normal ?? [0, 0, 1]).reduce((sum, part, axis) => sum + part * other[axis]!, 0));
    };
    return planes.reduce((best, plane) => (along(plane) > along(best) ? plane : best));
  }

  /** HU of the voxel at a point; nothing lies outside the CT but air. */
  #huAt(point: Triple): number {
    const { geometry, voxels } = this.#volume;
    const [columns, rows, slices] = geometry.size;
    const [x, y, z] = toVoxel(geometry, patientPoint(...point)).map(Math.round) as [number, number, number];
    const isInside = x >= 0 && y >= 0 && z >= 0 && x < columns && y < rows && z < slices;
    return isInside ? voxels[x + columns * (y + rows * z)]! : -1000;
  }

  /** Shows these and no others; what is on the screen already stays as it is. */
  show(own: readonly DrawnMeasurement[], others: readonly Measurement[]): void {
    this.#showing = true;
    // Identifiers are told apart among those of one reader only.
    const foreign = others.map((one) => ({
      ...one,
      id: `${this.#identity} ${one.reader} ${one.id}`,
      label: one.reader,
    }));
    const wanted = new Map([...own.map((one) => ({ ...one, label: "" })), ...foreign].map((one) => [one.id, one]));
    this.#others = new Set(foreign.map(({ id }) => id));
    for (const annotation of this.#drawn()) {
      const shown = wanted.get(annotation.annotationUID!);
      const drawn = this.#read(annotation);
      // Only just begun under the reader's hand.
      if (!drawn) continue;
      const isSame = shown && isEqualDrawing(drawn, shown) && annotation.data.label === shown.label;
      if (isSame) wanted.delete(shown.id);
      else tools.annotation.state.removeAnnotation(annotation.annotationUID!);
    }
    for (const measurement of wanted.values()) this.#draw(measurement, measurement.label);
    for (const id of this.#others) {
      tools.annotation.locking.setAnnotationLocked(id, true);
      tools.annotation.config.style.setAnnotationStyles(id, style(colours.other));
    }
    this.#showing = false;
    this.#render();
  }

  #draw({ id, kind, plane, points }: DrawnMeasurement, label: string): void {
    const viewport = this.#viewport(plane);
    const { sliceIndex: _, volumeId: __, planeRestriction, ...metadata } = viewport.getViewReference();
    // The plane is the one that is shown just now, the place on it that of the measurement: by it Cornerstone tells on
    // which slice it is seen, and where taking back a movement leads to.
    const place = point3(points[0]);
    const there = planeRestriction && { planeRestriction: { ...planeRestriction, point: place } };
    const annotation = kinds[kind].createAnnotation(
      { annotationUID: id, metadata: { ...metadata, ...there, cameraFocalPoint: place } },
      { data: { handles: { points: points.map(point3) }, label } },
    ) as tools.Types.Annotation;
    tools.annotation.state.addAnnotation(annotation, viewport.element);
    annotation.highlighted = false;
  }

  remove(id: string): void {
    tools.annotation.state.removeAnnotation(id);
    this.#render();
  }

  /** Calls `listener` a moment after each change that the reader made. */
  onChange(listener: () => void): void {
    this.#tell = listener;
  }

  readonly #noticed = ((event: CustomEvent<{ readonly annotation?: tools.Types.Annotation }>) => {
    const { metadata } = event.detail.annotation ?? {};
    if (this.#showing || metadata?.FrameOfReferenceUID !== this.#identity) return;
    if (kindOf(metadata.toolName) !== undefined) this.#wait();
  }) as EventListener;

  #wait(): void {
    clearTimeout(this.#waiting);
    this.#waiting = setTimeout(() => {
      // While it is being drawn or dragged it is not what it is to be.
      if (tools.state.isInteractingWithTool) this.#wait();
      else this.settle();
    }, pause);
  }

  #render(): void {
    for (const plane of ["axial", "coronal", "sagittal"] as const) this.#viewport(plane).render();
  }

  /** Tells at once of a change that waits to be told. */
  settle(): void {
    if (this.#waiting === undefined) return;
    clearTimeout(this.#waiting);
    this.#waiting = undefined;
    // A line that is drawn leaves its first steps behind in the planes that it does not belong to.
    this.#render();
    this.#tell?.();
  }

  /** To be called before anything is taken off the screen: that is no removal. */
  close(): void {
    this.settle();
    this.#listeners.abort();
  }
}

/** Where to go to see it. */
export function middleOf({ points }: DrawnMeasurement): PatientPoint {
  const from = points[0];
  const to = points.at(-1)!;
  return patientPoint((from[0] + to[0]) / 2, (from[1] + to[1]) / 2, (from[2] + to[2]) / 2);
}

/** Whether both are drawn alike. */
export const isEqualDrawing = (one: DrawnMeasurement | undefined, other: DrawnMeasurement | undefined): boolean =>
  one !== undefined && other !== undefined && drawing(one) === drawing(other);
const drawing = ({ kind, plane, points }: DrawnMeasurement): string => JSON.stringify([kind, plane, points]);

/** To the micrometre: what is kept is what is drawn again. */
const rounded = ([x, y, z]: core.Types.Point3): [number, number, number] => [
  Number(x.toFixed(3)),
  Number(y.toFixed(3)),
  Number(z.toFixed(3)),
];
