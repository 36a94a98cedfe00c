/**
 * The CTs of kept studies, read when the page asks and held for a while, since a reader who opens a study soon
 * annotates it.
 */
import { RefusedError } from "../errors.ts";
import { chooseSeries, readVolume, type Series, scanStudy, type Volume } from "../volume/index.ts";
import { nodeDecoder, openPaths } from "../volume/node/index.ts";
import type { Library } from "./library.ts";
import type { Study } from "./records.ts";

export interface KeptVolume extends Volume {
  /** What it was read from. */
  readonly series: Series;
}

/** A 300-slice CT takes 160 MB, so few are held. */
const held = 2;

export class VolumeCache {
  readonly #library: Library;
  /** Most recently used last. */
  readonly #volumes = new Map<string, Promise<KeptVolume>>();

  constructor(library: Library) {
    this.#library = library;
    library.onChange((event) => {
      if (event.type === "removed") this.#forget((key) => key.startsWith(event.id));
    });
  }

  /** The volume of the series that is judged. @throws RefusedError where none can be */
  get(study: Study): Promise<KeptVolume> {
    // Further images and another choice among the series make another volume.
    const key = `${study.id} ${study.images} ${study.seriesInstanceUID}`;
    const volume = this.#volumes.get(key) ?? this.#read(study);
    this.#volumes.delete(key);
    this.#volumes.set(key, volume);
    const kept = new Set([...this.#volumes.keys()].slice(-held));
    this.#forget((other) => !kept.has(other));
    volume.catch(() => this.#volumes.delete(key));
    return volume;
  }

  #forget(isGone: (key: string) => boolean): void {
    for (const key of [...this.#volumes.keys()].filter(isGone)) this.#volumes.delete(key);
  }

  async #read(study: Study): Promise<KeptVolume> {
    const chosen = await loadSeries(this.#library, study);
    const decoder = nodeDecoder();
    try {
      return { ...(await readVolume(chosen, { decoder })), series: chosen };
    } finally {
      await decoder.close();
    }
  }
}

/** The series that is judged, unread. @throws RefusedError where none can be */
export async function loadSeries(library: Library, { id, seriesInstanceUID }: Study): Promise<Series> {
  const { series } = await scanStudy(await openPaths([library.path(id, "images")]));
  const diagnosed = series.find(({ seriesInstanceUid }) => seriesInstanceUid === seriesInstanceUID);
  const chosen = diagnosed ?? chooseSeries(series);
  if (!chosen) throw new RefusedError("series-none", "no series of the study can be shown");
  return chosen;
}
