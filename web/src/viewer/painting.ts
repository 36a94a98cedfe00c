/**
 * Painting a mask on the CT: brush, threshold brush, eraser, undo. One mask a reading, on the CT's own grid.
 */
import * as core from "@cornerstonejs/core";
import * as tools from "@cornerstonejs/tools";
import type { Mask, Volume } from "../../../src/volume/index.ts";
import { cacheVolume } from "./cornerstone.ts";

export const brushes = {
  brush: { strategy: "FILL_INSIDE_CIRCLE", label: "Brush", key: "b" },
  threshold: { strategy: "THRESHOLD_INSIDE_CIRCLE", label: "Threshold brush", key: "t" },
  erase: { strategy: "ERASE_INSIDE_CIRCLE", label: "Erase", key: "e" },
} as const;
export type Brush = keyof typeof brushes;

/** What a clot in contrast measures, in HU: what the threshold brush takes. */
export const clotRange: readonly [number, number] = [-20, 110];

export class Painting {
  readonly #identity: string;
  readonly #volumeId: string;
  readonly #volume: Volume;
  readonly #group: tools.Types.IToolGroup;
  readonly #viewportIds: () => string[];
  #voxels: Uint8Array | undefined;

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

  /** Gives the mask a place, empty or from an earlier reading. */
  async open(voxels?: Uint8Array): Promise<void> {
    if (this.#voxels) return;
    const { size } = this.#volume.geometry;
    this.#voxels = voxels ?? new Uint8Array(size[0] * size[1] * size[2]);
    cacheVolume(this.#segmentationId, this.#volume.geometry, this.#voxels);
    tools.segmentation.addSegmentations([
      {
        segmentationId: this.#segmentationId,
        representation: {
          type: tools.Enums.SegmentationRepresentations.Labelmap,
          data: { volumeId: this.#segmentationId, referencedVolumeId: this.#volumeId },
        },
      },
    ]);
    for (const id of this.#viewportIds()) {
      await tools.segmentation.addLabelmapRepresentationToViewport(id, [
        {
          segmentationId: this.#segmentationId,
          config: {
            colorLUTOrIndex: [
              [0, 0, 0, 0],
              [80, 220, 200, 255],
            ],
          },
        },
      ]);
    }
    tools.segmentation.activeSegmentation.setActiveSegmentation(this.#viewportIds()[0]!, this.#segmentationId);
    tools.segmentation.segmentIndex.setActiveSegmentIndex(this.#segmentationId, 1);
  }

  start(brush: Brush): void {
    this.stop();
    this.#group.setToolActive(this.#instance(brush), {
      bindings: [{ mouseButton: tools.Enums.MouseBindings.Primary }],
    });
  }

  stop(): void {
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

  /** The mask as painted so far, or undefined where nobody painted. */
  mask(): Mask | undefined {
    if (!this.#voxels) return undefined;
    const volume = core.cache.getVolume(this.#segmentationId);
    const voxels = volume ? Uint8Array.from(volume.voxelManager?.getCompleteScalarDataArray?.() ?? []) : this.#voxels;
    return { geometry: this.#volume.geometry, voxels };
  }

  /** Calls `listener` after every stroke. @returns how to stop listening */
  onChange(listener: () => void): () => void {
    const event = tools.Enums.Events.SEGMENTATION_DATA_MODIFIED;
    core.eventTarget.addEventListener(event, listener);
    return () => core.eventTarget.removeEventListener(event, listener);
  }

  close(): void {
    if (!this.#voxels) return;
    tools.segmentation.removeSegmentation(this.#segmentationId);
    core.cache.removeVolumeLoadObject(this.#segmentationId);
  }
}
