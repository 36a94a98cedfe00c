/**
 * The prepared store: studies made ready for training once, on disk, for one way of pre-processing.
 *
 *     const store = await PreparedStore.create("store", smallPreprocessing);
 *     await store.put(facts, prepareStudy(volume, annotations, store.preprocessing), null);
 *     const slab = await store.stageOneSlices("A1-0007", 41, 5);     // Uint8Array, 5 x crop x crop
 *
 * Zarr v3, readable from Python:
 *
 *     zarr.json                       attributes: format, version, preprocessing
 *     splits.json                     the splits that preparing drew for studies without one, and from which seed
 *     studies/<id>/zarr.json          attributes: facts, grids, annotated slices ({@link StudyRecord})
 *     studies/<id>/stage-one          uint8 [slice, row, column], zstd, chunks of one slab
 *     studies/<id>/scan               uint8 [slice, row, column], the same
 *     studies/<id>/outlines           uint8 [annotated slice, row, column], 0 or 1
 *
 * A study's folder is written beside and renamed into place when it is whole, so whatever lies under studies/ can be
 * read, whenever the writer died.
 */
import { createHash, randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import * as zarr from "zarrita";
import { z } from "zod";
import { FailedError, RefusedError } from "../../errors.ts";
import { type Preprocessing, preprocessingSchema } from "../../volume/preprocessing.ts";
import { makeFolder, writeAtomic } from "../file.ts";
import { readSlices, writeSlices } from "./arrays.ts";
import { FolderStore } from "./file-system.ts";
import { type PreparedStudy, recordSchema, type StudyFacts, type StudyRecord } from "./prepared.ts";

const rootSchema = z.object({
  attributes: z.strictObject({
    format: z.literal("embolens-prepared-store"),
    /** Stores of version 1 placed slices on annotations (prepare/study.ts); trained on, they teach that. */
    version: z.literal(2),
    preprocessing: preprocessingSchema,
  }),
});

const storedStudySchema = z.object({ attributes: recordSchema });

function groupDocument(attributes: object): string {
  return `${JSON.stringify({ zarr_format: 3, node_type: "group", attributes }, null, 1)}\n`;
}

async function readGroup<T>(file: string, schema: z.ZodType<T>): Promise<T> {
  try {
    return schema.parse(JSON.parse(await readFile(file, "utf8")));
  } catch (cause) {
    throw new RefusedError("store-invalid", `${file} does not describe a prepared store`, {
      cause,
      hint: "embolens prepare <cohort> --out STORE makes one",
    });
  }
}

/** Opened arrays kept: a few hundred bytes each. */
const mostOpened = 512;

export class PreparedStore {
  readonly folder: string;
  readonly preprocessing: Preprocessing;
  readonly #opened = new Map<string, zarr.Array<"uint8", FolderStore>>();

  private constructor(folder: string, preprocessing: Preprocessing) {
    this.folder = folder;
    this.preprocessing = preprocessing;
  }

  /** Opens a store. @throws RefusedError "store-invalid" */
  static async open(folder: string): Promise<PreparedStore> {
    const { attributes } = await readGroup(join(folder, "zarr.json"), rootSchema);
    return new PreparedStore(folder, attributes.preprocessing);
  }

  /**
   * Opens a store, or makes an empty one.
   *
   * @throws RefusedError "store-mismatch" where the folder holds a store of other pre-processing
   */
  static async create(folder: string, preprocessing: Preprocessing): Promise<PreparedStore> {
    if (existsSync(join(folder, "zarr.json"))) {
      const store = await PreparedStore.open(folder);
      const wanted = preprocessingSchema.parse(preprocessing);
      if (JSON.stringify(wanted) === JSON.stringify(store.preprocessing)) return store;
      throw new RefusedError("store-mismatch", `${folder} was prepared with other settings than asked for`, {
        hint: "name another folder, or the preset the store was made with",
      });
    }
    const attributes = {
      format: "embolens-prepared-store",
      version: 2,
      preprocessing: preprocessingSchema.parse(preprocessing),
    };
    try {
      await makeFolder(join(folder, "studies"));
      await writeAtomic(join(folder, "studies", "zarr.json"), groupDocument({}));
      await writeAtomic(join(folder, "zarr.json"), groupDocument(attributes));
    } catch (cause) {
      throw new FailedError("file-unwritable", `${folder} cannot be written`, { cause });
    }
    return new PreparedStore(folder, attributes.preprocessing);
  }

  /** Removes what writers that died left behind. Only where no other process is writing to the store. */
  async sweep(): Promise<void> {
    await rm(join(this.folder, ".partial"), { recursive: true, force: true });
  }

  /**
   * Keeps a study, in place of an earlier one of the same id.
   *
   * @param source fingerprint of the files it was made from, to know later whether they changed; null from memory
   */
  async put(facts: StudyFacts, prepared: PreparedStudy, source: string | null): Promise<StudyRecord> {
    const outlines = prepared.annotated.flatMap(({ outline }) => (outline === null ? [] : [outline]));
    const hash = createHash("sha256").update(prepared.stageOne.voxels).update(prepared.scan.voxels);
    for (const outline of outlines) hash.update(outline);
    let outlined = 0;
    const annotated = prepared.annotated.map(({ slice, positive, outline }) => ({
      slice,
      positive,
      outline: outline === null ? null : outlined++,
    }));
    hash.update(JSON.stringify(annotated));
    const { id, patient, hospital, studyInstanceUID = null, label, split } = facts;
    const record = recordSchema.parse({
      ...{ format: "embolens-prepared-study", version: 1 },
      ...{ id, patient, hospital, studyInstanceUID, label, split, source, content: hash.digest("hex") },
      scanContent: createHash("sha256").update(prepared.scan.voxels).digest("hex"),
      ...{ stageOne: prepared.stageOne.geometry, scan: prepared.scan.geometry },
      ...{ annotated, warnings: prepared.warnings },
    });
    const beside = join(this.folder, ".partial", `${id}.${randomUUID().slice(0, 8)}`);
    try {
      await mkdir(beside, { recursive: true });
      const { crop, slabSlices } = this.preprocessing;
      await writeSlices(beside, "stage-one", prepared.stageOne.voxels, crop, slabSlices);
      await writeSlices(beside, "scan", prepared.scan.voxels, crop, slabSlices);
      await writeSlices(beside, "outlines", concatenated(outlines, crop * crop), crop, 1);
      await writeAtomic(join(beside, "zarr.json"), groupDocument(record));
      await this.#moveIntoPlace(beside, id);
    } catch (error) {
      await rm(beside, { recursive: true, force: true });
      if (error instanceof FailedError) throw error;
      throw new FailedError("file-unwritable", `study "${id}" cannot be written to ${this.folder}`, { cause: error });
    }
    return record;
  }

  async #moveIntoPlace(beside: string, id: string): Promise<void> {
    this.#forget(id);
    const place = join(this.folder, "studies", id);
    if (existsSync(place)) {
      const old = `${beside}.old`;
      await rename(place, old);
      await rename(beside, place);
      await rm(old, { recursive: true, force: true });
    } else {
      await rename(beside, place);
    }
  }

  /** Takes over what the cohort says of a study now; its pixels stay. */
  async relabel(record: StudyRecord, facts: StudyFacts): Promise<StudyRecord> {
    const { id, patient, hospital, label, split } = facts;
    const studyInstanceUID = facts.studyInstanceUID ?? record.studyInstanceUID;
    const changed = { ...record, id, patient, hospital, studyInstanceUID, label, split };
    if (JSON.stringify(changed) !== JSON.stringify(record)) {
      await writeAtomic(join(this.folder, "studies", id, "zarr.json"), groupDocument(changed));
    }
    return changed;
  }

  /** Removes a study with its features. Each goes in one step, so nobody finds half of one, whenever we die. */
  async remove(id: string): Promise<void> {
    this.#forget(id);
    await this.#takeAway(join("studies", id));
    for (const model of await foldersIn(join(this.folder, "features")))
      await this.#takeAway(join("features", model, id));
  }

  async #takeAway(path: string): Promise<void> {
    const place = join(this.folder, path);
    if (!existsSync(place)) return;
    const aside = join(this.folder, ".partial", `removed.${randomUUID()}`);
    try {
      await mkdir(join(this.folder, ".partial"), { recursive: true });
      await rename(place, aside);
      await rm(aside, { recursive: true, force: true });
    } catch (cause) {
      throw new FailedError("file-unwritable", `${place} cannot be removed`, { cause });
    }
  }

  /** The identifiers of all studies, sorted. */
  async ids(): Promise<string[]> {
    return foldersIn(join(this.folder, "studies"));
  }

  /** Every study, by id. Reads attributes only: a few kilobytes a study. */
  async studies(): Promise<StudyRecord[]> {
    const records: StudyRecord[] = [];
    for (const id of await this.ids()) records.push(await this.record(id));
    return records;
  }

  /** @throws RefusedError "store-invalid" */
  async record(id: string): Promise<StudyRecord> {
    const file = join(this.folder, "studies", id, "zarr.json");
    const { attributes } = await readGroup(file, storedStudySchema);
    if (attributes.id !== id) throw new RefusedError("store-invalid", `${file} describes "${attributes.id}"`);
    return attributes;
  }

  has(id: string): boolean {
    return existsSync(join(this.folder, "studies", id, "zarr.json"));
  }

  /** `count` slices of the stage I stack from `first` on; those beyond its ends repeat the end slice. */
  async stageOneSlices(id: string, first: number, count: number): Promise<Uint8Array> {
    return readSlices(await this.#open(id, "stage-one"), first, count);
  }

  /** `count` slices of the stage II stack from `first` on; those beyond its ends repeat the end slice. */
  async scanSlices(id: string, first: number, count: number): Promise<Uint8Array> {
    return readSlices(await this.#open(id, "scan"), first, count);
  }

  /** The outline of an annotated slice, crop x crop, 0 or 1. @param outline index from the study's record */
  async outline(id: string, outline: number): Promise<Uint8Array> {
    return readSlices(await this.#open(id, "outlines"), outline, 1);
  }

  /** An opened array costs reading and parsing its description, a third of the time of a slab; some are kept. */
  async #open(id: string, name: string): Promise<zarr.Array<"uint8", FolderStore>> {
    const key = `${id}/${name}`;
    const opened = this.#opened.get(key) ?? (await this.#openAnew(id, name));
    this.#opened.delete(key);
    this.#opened.set(key, opened);
    const [oldest] = this.#opened.keys();
    if (this.#opened.size > mostOpened && oldest !== undefined) this.#opened.delete(oldest);
    return opened;
  }

  /** Forgets the arrays of a study that was replaced or removed. */
  #forget(id: string): void {
    for (const key of [...this.#opened.keys()]) if (key.startsWith(`${id}/`)) this.#opened.delete(key);
  }

  async #openAnew(id: string, name: string): Promise<zarr.Array<"uint8", FolderStore>> {
    const folder = join(this.folder, "studies", id, name);
    try {
      const array = await zarr.open.v3(new FolderStore(folder), { kind: "array" });
      if (array.is("uint8")) return array;
    } catch (cause) {
      throw new RefusedError("store-invalid", `${folder} cannot be read`, { cause });
    }
    throw new RefusedError("store-invalid", `${folder} does not hold uint8`);
  }
}

/** Names of the folders in a folder, sorted; none where there is no folder. */
async function foldersIn(folder: string): Promise<string[]> {
  if (!existsSync(folder)) return [];
  const entries = await readdir(folder, { withFileTypes: true });
  return entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])).sort();
}

function concatenated(parts: readonly Uint8Array[], size: number): Uint8Array {
  const whole = new Uint8Array(parts.length * size);
  for (const [index, part] of parts.entries()) whole.set(part, index * size);
  return whole;
}

/** SHA-256 that changes with the pre-processing, the pixels, the labels and the splits: what a model was trained on. */
export function storeHash(preprocessing: Preprocessing, records: readonly StudyRecord[]): string {
  const hash = createHash("sha256").update(JSON.stringify(preprocessing));
  for (const { id, content, label, split } of records) hash.update(JSON.stringify([id, content, label?.value, split]));
  return hash.digest("hex");
}
