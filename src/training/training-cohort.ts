/**
 * Whom a model has seen: written down when it is trained, asked before it is judged.
 *
 *     const seen = await recordTrainingCohort(storeHash, { trained, validated });      // goes into the model file
 *     const { record, studies } = await overlapWithTraining(model, testRecords, records);
 *     studies[0];               // { id: "P12-2", part: "training", by: "patient" }
 *
 * A patient counts as seen where the model knows the patient's number at that hospital, a study by its UID, or a CT by
 * its very voxels. Each is kept as six bytes of a hash under a salt that stands beside them. Numbers and names, which can
 * be guessed, go through scrypt (Percival 2009): slow enough that trying all numbers of a hospital costs hours, and no
 * more than that. UIDs and voxels go through HMAC.
 */
import { createHmac, scrypt } from "node:crypto";
import { availableParallelism } from "node:os";
import { promisify } from "node:util";
import { type Identity, type IdentityKind, recordIdentities, type StudyRecord } from "../cohort/index.ts";
import { RefusedError } from "../errors.ts";
import { digestBytes, digestsOf, type Model, type TrainingCohortDigest } from "../model/index.ts";
import type { OnProgress } from "../progress.ts";

const saltLetters = 32;
/** Milliseconds of one core and 2 MB. */
const hashing = { N: 2048, r: 8, p: 1 } as const;

const stretched = promisify<string, string, number, typeof hashing, Buffer>(scrypt);

async function digest(salt: string, { kind, key }: Identity): Promise<string> {
  const guessable = kind === "patient" || kind === "name";
  const bytes = guessable
    ? await stretched(key, salt, digestBytes, hashing)
    : createHmac("sha256", salt).update(key).digest().subarray(0, digestBytes);
  return bytes.toString("base64");
}

export interface SeenOptions {
  /** Hashing takes some four milliseconds a patient. */
  readonly onProgress?: OnProgress | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** One result an item, a few at a time: all at once would keep whoever reads a file waiting. */
async function each<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
  { onProgress, signal }: SeenOptions,
): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  let done = 0;
  const worker = async () => {
    while (next < items.length) {
      signal?.throwIfAborted();
      const index = next++;
      results[index] = await work(items[index]!);
      onProgress?.({ label: "recognising patients", done: ++done, total: items.length, unit: "studies" });
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  return results;
}

const sortedList = (digests: readonly (readonly string[])[]): string => [...new Set(digests.flat())].sort().join("");

/** @param store the hash of what was trained on, of which the salt is a part */
export async function recordTrainingCohort(
  store: string,
  { trained, validated }: Readonly<Record<"trained" | "validated", readonly StudyRecord[]>>,
  options: SeenOptions = {},
): Promise<TrainingCohortDigest> {
  const salt = store.slice(0, saltLetters);
  const known = new Map<string, Promise<string>>();
  const once = (identity: Identity): Promise<string> => {
    const digested = known.get(identity.key) ?? digest(salt, identity);
    known.set(identity.key, digested);
    return digested;
  };
  const digestsOfStudy = (study: StudyRecord) => Promise.all(recordIdentities(study).map(once));
  const digests = await each([...trained, ...validated], digestsOfStudy, options);
  return {
    salt,
    trained: sortedList(digests.slice(0, trained.length)),
    validated: sortedList(digests.slice(trained.length)),
  };
}

/** How a model has seen a study's patient: learned from, or chose epoch and thresholds on. */
export interface SeenStudy {
  readonly id: string;
  readonly part: "training" | "validation";
  /** By what the patient was recognised. */
  readonly by: IdentityKind;
}

export interface SeenAmong {
  /** Whether the model file says whom it has seen: in all of its trainings, in some, in none. */
  readonly record: "complete" | "partial" | "missing";
  readonly studies: readonly SeenStudy[];
}

type Found = Pick<SeenStudy, "part" | "by">;

/**
 * Which studies are of patients that the model has seen.
 *
 * @param others further studies of the store: who is seen in one of them by its UID or its voxels is seen as a patient
 */
export async function overlapWithTraining(
  { training }: Pick<Model, "training">,
  asked: readonly StudyRecord[],
  others: readonly StudyRecord[] = [],
  options: SeenOptions = {},
): Promise<SeenAmong> {
  const lists = training.flatMap(({ seen }) => (seen === null ? [] : [seen]));
  const record = lists.length === training.length ? "complete" : lists.length > 0 ? "partial" : "missing";
  const recognise = recogniser(lists);
  const patientOf = (study: StudyRecord) => recordIdentities(study).find(({ kind }) => kind === "patient")?.key;
  const patients = new Set(asked.map(patientOf));
  patients.delete(undefined);
  const ids = new Set(asked.map(({ id }) => id));
  const related = others.filter((study) => !ids.has(study.id) && patients.has(patientOf(study)));
  const found = new Map<StudyRecord, Found>();
  const look = async (study: StudyRecord) => {
    const how = await recognise(study);
    if (how) found.set(study, how);
  };
  await each([...asked, ...related], look, options);
  const seenPatients = new Map<string | undefined, Found>();
  for (const [study, how] of found) {
    if (how.part === "training" || !seenPatients.has(patientOf(study))) seenPatients.set(patientOf(study), how);
  }
  seenPatients.delete(undefined);
  const studies = asked.flatMap((study): SeenStudy[] => {
    const patient = seenPatients.get(patientOf(study));
    const how = found.get(study) ?? (patient && { part: patient.part, by: "patient" as const });
    return how ? [{ id: study.id, ...how }] : [];
  });
  return { record, studies };
}

/** Says how a study was seen, training before validation. */
function recogniser(lists: readonly TrainingCohortDigest[]): (study: StudyRecord) => Promise<Found | undefined> {
  const known = lists.map(({ salt, trained, validated }) => ({
    salt,
    parts: { training: digestsOf(trained), validation: digestsOf(validated) },
  }));
  return async (study) => {
    const identities = recordIdentities(study);
    const hashed = await Promise.all(
      known.map(async ({ salt, parts }) => ({
        parts,
        digests: await Promise.all(identities.map((identity) => digest(salt, identity))),
      })),
    );
    for (const part of ["training", "validation"] as const) {
      for (const { parts, digests } of hashed) {
        const at = digests.findIndex((one) => parts[part].has(one));
        if (at >= 0) return { part, by: identities[at]!.kind };
      }
    }
    return undefined;
  };
}

/** @throws RefusedError "studies-seen" where a model would be judged on studies of patients it has seen */
export async function assertHeldOut(
  model: Pick<Model, "training" | "name">,
  test: readonly StudyRecord[],
): Promise<void> {
  const { studies } = await overlapWithTraining(model, test);
  if (studies[0] === undefined) return;
  throw new RefusedError(
    "studies-seen",
    `${model.name} has seen patients of ${studies.length} of the ${test.length} studies it would be judged on, "${studies[0].id}" among them`,
    { hint: "train it again without them, or judge it on other patients" },
  );
}
