/**
 * Painting a mask on the CT: brush, threshold brush, eraser, undo. One mask a reading, on the CT's own grid.
 */
import * as core from "@cornerstonejs/core";
import * as tools from "@cornerstonejs/tools";
import { type Mask, type Volume, voxelCount } from "../../../src/volume/index.ts";
import { cacheVolume, dropVolume, forgetSteps } from "./cornerstone.ts";

export const brushes = {
  brush: { strategy: "FILL_INSIDE_CIRCLE", label: "Brush", key: "b" },
  threshold: { strategy: "THRESHOLD_INSIDE_CIRCLE", label: "Threshold brush", key: "t" },
  erase: { strategy: "ERASE_INSIDE_CIRCLE", label: "Erase", key: "e" },
} as const;
export type Brush = keyof typeof brushes;

/** What a clot in contrast measures, in HU: what the threshold brush takes. */
export const clotRange: readonly [number, number] = [-20, 110];

/** Teal is what the reader paints, violet what another reader has painted. */
const colours = { own: [80, 220, 200, 255], other: [190, 130, 255, 255] } as const;

export class Painting {
  readonly #identity: string;
  readonly #volumeId: string;
  readonly #volume: Volume;
  readonly #group: tools.Types.IToolGroup;
  readonly #viewportIds: () => string[];
  #opening: Promise<void> | undefined;
  /** The last change of what is laid over the CT: one follows the other. */
  /** The brush in use; undefined while another tool is. */
  #brush: Brush | undefined;
  #layingCount = 0;
  #laying: Promise<void> = Promise.resolve();
  #voxels: Uint8Array | undefined;
  #closed = false;

  constructor(
    identity: string,
    volumeId: string,
    volume: Volume,
    group: tools.Types.IToolGroup,
    viewportIds: () => string[],
  ) {
    this.#identity = identity;
    this.#volumeId = volumeId;
    this.#volume = volume;
    this.#group = group;
    this.#viewportIds = viewportIds;
  }

  get #segmentationId(): string {
    return `${this.#identity}-annotation`;
  }

  get #otherId(): string {
    return `${this.#identity}-other-annotation`;
  }

  addTools(): void {
    for (const [name, { strategy }] of Object.entries(brushes)) {
      this.#group.addToolInstance(this.#instance(name), tools.BrushTool.toolName, {
        activeStrategy: strategy,
        threshold: { range: clotRange, isDynamic: false, dynamicRadius: 0 },
      });
    }
  }

  #instance(name: string): string {
    return `${this.#identity}-${name}`;
  }

  /**
   * Gives the mask a place: the kept one, or an empty one where nobody annotated. Whoever opens it waits for the same
   * loading, so nothing is painted before the kept mask has arrived; after a failure the next call loads again.
   */
  open(kept: () => Promise<Uint8Array | undefined>): Promise<void> {
    this.#opening ??= this.#open(kept).catch((error: unknown) => {
      this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }

  async #open(kept: () => Promise<Uint8Array | undefined>): Promise<void> {
    const voxels = (await kept()) ?? new Uint8Array(voxelCount(this.#volume.geometry));
    if (this.#closed) return;
    if (!this.fits(voxels)) throw new Error("it was painted on another grid than this CT’s");
    await this.replace(voxels);
  }

  /** Whether a mask is one of this CT. */
  fits(voxels: Uint8Array): boolean {
    return voxels.length === voxelCount(this.#volume.geometry);
  }

  /** Puts a mask in the place of what is painted; steps on what was painted before can't be undone on it. */
  replace(voxels: Uint8Array): Promise<void> {
    return this.#lay(async () => {
      this.#remove(this.#segmentationId);
      forgetSteps();
      this.#voxels = voxels;
      await this.#add(this.#segmentationId, voxels, colours.own);
    });
  }

  /** Shows another reader's mask beside the painted one, in a colour of its own; undefined takes it away. */
  showOther(voxels: Uint8Array | undefined): Promise<void> {
    return this.#lay(async () => {
      this.#remove(this.#otherId);
      if (voxels) await this.#add(this.#otherId, voxels, colours.other);
    });
  }

  /** One change of masks after the other; the brush rests meanwhile, for a stroke could land in the mask just added. */
  #lay(change: () => Promise<void>): Promise<void> {
    this.#layingCount++;
    this.#disableBrushes();
    const laid = this.#laying.then(() => (this.#closed ? undefined : change()));
    this.#laying = laid
      .catch(() => {})
      .then(() => {
        this.#layingCount--;
        if (!this.#closed) this.#enableBrush();
      });
    return laid.finally(() => this.#laying);
  }

  async #add(segmentationId: string, voxels: Uint8Array, [...colour]: readonly number[]): Promise<void> {
    // Without the CT it refers to, the threshold brush would test the mask itself.
    cacheVolume(this.#identity, segmentationId, this.#volume.geometry, voxels, this.#volumeId);
    tools.segmentation.addSegmentations([
      {
        segmentationId,
        representation: {
          type: tools.Enums.SegmentationRepresentations.Labelmap,
          data: { volumeId: segmentationId, referencedVolumeId: this.#volumeId },
        },
      },
    ]);
    const config = { colorLUTOrIndex: [[0, 0, 0, 0], colour] as core.Types.ColorLUT };
    for (const id of this.#viewportIds()) {
      await tools.segmentation.addLabelmapRepresentationToViewport(id, [{ segmentationId, config }]);
      // What was added last would be painted on.
      tools.segmentation.activeSegmentation.setActiveSegmentation(id, this.#segmentationId);
    }
    tools.segmentation.segmentIndex.setActiveSegmentIndex(this.#segmentationId, 1);
  }

  #remove(segmentationId: string): void {
    if (!core.cache.getVolume(segmentationId)) return;
    tools.segmentation.removeSegmentation(segmentationId);
    dropVolume(segmentationId);
  }

  start(brush: Brush): void {
    this.#disableBrushes();
    this.#brush = brush;
    this.#enableBrush();
  }

  stop(): void {
    this.#brush = undefined;
    this.#disableBrushes();
  }

  #enableBrush(): void {
    if (this.#brush === undefined || this.#layingCount > 0) return;
    this.#group.setToolActive(this.#instance(this.#brush), {
      bindings: [{ mouseButton: tools.Enums.MouseBindings.Primary }],
    });
  }

  #disableBrushes(): void {
    for (const name of Object.keys(brushes)) this.#group.setToolDisabled(this.#instance(name));
  }

  /** @param millimetres radius of the brush */
  resize(millimetres: number): void {
    for (const name of Object.keys(brushes)) {
      tools.utilities.segmentation.setBrushSizeForToolGroup(this.#identity, millimetres, this.#instance(name));
    }
  }

  undo(): void {
    core.utilities.HistoryMemo.DefaultHistoryMemo.undo();
  }

  redo(): void {
    core.utilities.HistoryMemo.DefaultHistoryMemo.redo();
  }

  /** The mask as painted so far, or undefined before it is open. */
  mask(): Mask | undefined {
    if (!this.#voxels) return undefined;
    const painted = core.cache.getVolume(this.#segmentationId)?.voxelManager?.getCompleteScalarDataArray?.();
    return { geometry: this.#volume.geometry, voxels: painted ? Uint8Array.from(painted) : this.#voxels };
  }

  /** Whether a slice holds painted voxels. */
  isPainted(slice: number): boolean {
    const area = this.#volume.geometry.size[0] * this.#volume.geometry.size[1];
    const painted = core.cache.getVolume(this.#segmentationId)?.voxelManager;
    if (!painted) return false;
    for (let voxel = slice * area; voxel < (slice + 1) * area; voxel++) {
      if (painted.getAtIndex(voxel)) return true;
    }
    return false;
  }

  /** The slices that hold painted voxels, whatever plane they were painted in; ascending. */
  paintedSlices(): number[] {
    const mask = this.mask();
    return mask ? paintedSlices(mask) : [];
  }

  /**
   * Calls `listener` after every stroke, undo and redo with the slices that it changed; a stroke names those of the
   * strokes before it again.
   * @returns how to stop listening
   */
  onChange(listener: (slices: readonly number[]) => void): () => void {
    const event = tools.Enums.Events.SEGMENTATION_DATA_MODIFIED;
    const listen = ((change: tools.Types.EventTypes.SegmentationDataModifiedEventType) => {
      const { segmentationId, modifiedSlicesToUse: slices } = change.detail;
      // Showing a mask tells of itself as a change, without slices; it is none.
      if (segmentationId !== this.#segmentationId || !slices?.length) return;
      listener(slices);
    }) as EventListener;
    core.eventTarget.addEventListener(event, listen);
    return () => core.eventTarget.removeEventListener(event, listen);
  }

  close(): void {
    this.#closed = true;
    for (const id of [this.#segmentationId, this.#otherId]) this.#remove(id);
  }
}

/** The slices of a mask that hold voxels, ascending. */
export function paintedSlices({ geometry, voxels }: Mask): number[] {
  const [columns, rows, slices] = geometry.size;
  const area = columns * rows;
  return Array.from({ length: slices }, (_, slice) => slice).filter((slice) =>
    voxels.subarray(slice * area, (slice + 1) * area).some((value) => value > 0),
  );
}
