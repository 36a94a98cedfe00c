/**
 * The page's side of the server's API: every answer is checked before it is used.
 */
import { z } from "zod";
import {
  type AnnotationDocument,
  annotationDocumentSchema,
  annotationHeader,
  type DiagnosisDocument,
  errorSchema,
  eventSchema,
  gridHeader,
  gridSchema,
  healthSchema,
  type Measurement,
  measurementListSchema,
  type NewMeasurement,
  type NewVerdict,
  newVerdictSchema,
  type Problem,
  type ServiceEvent,
  type Session,
  type SignIn,
  type Study,
  seriesHeader,
  sessionSchema,
  studyDetailSchema,
  studySchema,
  uploadResultSchema,
  type Verdict,
  verdictListSchema,
  worklistSchema,
} from "../../src/service/schema.ts";
import { type Geometry, patientPoint } from "../../src/volume/index.ts";
import { ApiError } from "./api-error.ts";

async function call(path: string, init: RequestInit = {}): Promise<Response> {
  const response = await fetch(`api/${path}`, init);
  if (response.ok) return response;
  const problem = errorSchema.safeParse(await response.json().catch(() => undefined));
  if (problem.success) throw new ApiError(problem.data.error.code, problem.data.error.message);
  throw new ApiError("http", `the server answered ${response.status}`);
}

/** The tag under which the server keeps what it sent; opaque to the page, which only gives it back. */
const versionOf = (response: Response): string => z.string().parse(response.headers.get("etag"));

async function json<T>(schema: z.ZodType<T>, path: string, init?: RequestInit): Promise<T> {
  return schema.parse(await (await call(path, init)).json());
}

const study = (id: string) => `studies/${encodeURIComponent(id)}`;

export const readSession = (): Promise<Session> => json(sessionSchema, "session");

export const signIn = (given: SignIn): Promise<Session> =>
  json(sessionSchema, "session", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(given),
  });

export async function signOut(): Promise<void> {
  await call("session", { method: "DELETE" });
}

export const listStudies = async (): Promise<Study[]> => (await json(worklistSchema, "studies")).studies;

/** What is wrong with the server's folder. */
export const serverProblems = async (): Promise<Problem[]> => (await json(healthSchema, "health")).problems;

export interface StudyDetail {
  readonly study: Study;
  readonly diagnosis: DiagnosisDocument | null;
  /** Of readers' work on it. */
  readonly version: string;
}

export async function studyDetail(id: string): Promise<StudyDetail> {
  const response = await call(study(id));
  return { ...studyDetailSchema.parse(await response.json()), version: versionOf(response) };
}

/** Lets a study be judged once more. */
export const judgeAgain = (id: string): Promise<Study> =>
  json(studySchema, `${study(id)}/diagnosis`, { method: "POST" });

export interface VoxelGrid<Voxels> {
  readonly geometry: Geometry;
  readonly voxels: Voxels;
}

async function grid<Voxels>(response: Response, voxels: (body: ArrayBuffer) => Voxels): Promise<VoxelGrid<Voxels>> {
  const { origin, ...rest } = gridSchema.parse(JSON.parse(response.headers.get(gridHeader) ?? "null"));
  return { geometry: { ...rest, origin: patientPoint(...origin) }, voxels: voxels(await response.arrayBuffer()) };
}

export async function studyVolume(id: string): Promise<VoxelGrid<Int16Array> & { readonly seriesInstanceUID: string }> {
  const response = await call(`${study(id)}/volume`);
  const seriesInstanceUID = z.string().parse(JSON.parse(response.headers.get(seriesHeader) ?? "null"));
  return { ...(await grid(response, (body) => new Int16Array(body))), seriesInstanceUID };
}
export const studyAttention = async (id: string) =>
  grid(await call(`${study(id)}/attention`), (body) => new Uint8Array(body));

export interface LoadedAnnotation extends AnnotationDocument {
  readonly voxels: Uint8Array;
  readonly version: string;
}

/** Undefined where nobody has annotated the study. */
export async function studyAnnotation(id: string): Promise<LoadedAnnotation | undefined> {
  try {
    const response = await call(`${study(id)}/annotation`);
    const annotation = annotationDocumentSchema.parse(JSON.parse(response.headers.get(annotationHeader) ?? "null"));
    const { voxels } = await grid(response, (body) => new Uint8Array(body));
    return { ...annotation, voxels, version: versionOf(response) };
  } catch (error) {
    if (error instanceof ApiError && error.code === "annotation-missing") return undefined;
    throw error;
  }
}

/** What a reader saves; its slices are those of the CT that were looked at, also where nothing was found. */
export type AnnotationDraft = Pick<LoadedAnnotation, "voxels" | "slices" | "reader">;

/** Which annotation a painting goes back to. */
export type AnnotationBase = Pick<LoadedAnnotation, "version" | "at">;

/**
 * @param seriesInstanceUID of the series it was painted on
 * @param base the version it was made from; undefined where nobody had annotated
 * @returns the study, and the version under which the annotation is kept now
 */
export async function saveAnnotation(
  id: string,
  { voxels, slices, reader }: AnnotationDraft,
  seriesInstanceUID: string,
  base: string | undefined,
): Promise<{ study: Study; version: string }> {
  const packed = new Blob([voxels as Uint8Array<ArrayBuffer>]).stream().pipeThrough(new CompressionStream("gzip"));
  const query = new URLSearchParams({ slices: slices.join(","), reader, series: seriesInstanceUID });
  const response = await call(`${study(id)}/annotation?${query}`, {
    method: "PUT",
    headers: {
      "content-type": "application/octet-stream",
      ...(base === undefined ? { "if-none-match": "*" } : { "if-match": base }),
    },
    body: await new Response(packed).blob(),
  });
  return { study: studySchema.parse(await response.json()), version: versionOf(response) };
}

export interface KeptMeasurements {
  readonly measurements: readonly Measurement[];
  readonly version: string;
}

/** @param reader whose alone; of all where it is left out */
export async function studyMeasurements(id: string, reader?: string): Promise<KeptMeasurements> {
  const query = reader === undefined ? "" : `?${new URLSearchParams({ reader })}`;
  const response = await call(`${study(id)}/measurements${query}`);
  return { ...measurementListSchema.parse(await response.json()), version: versionOf(response) };
}

/**
 * Keeps all measurements of a reader.
 * @param base the version of this reader's measurements that they were made from
 */
export async function saveMeasurements(
  id: string,
  reader: string,
  measurements: readonly NewMeasurement[],
  base: string,
): Promise<KeptMeasurements> {
  const body = JSON.stringify({ measurements });
  const response = await call(`${study(id)}/measurements?${new URLSearchParams({ reader })}`, {
    method: "PUT",
    headers: { "content-type": "application/json", "if-match": base },
    body,
    // The last one is sent while its page goes away, for which browsers have 64 KB.
    keepalive: body.length < 60_000,
  });
  return { ...measurementListSchema.parse(await response.json()), version: versionOf(response) };
}

/** The study's DICOM objects, as a zip. */
export const studyObjects = async (id: string): Promise<Blob> => (await call(`${study(id)}/dicom.zip`)).blob();

export interface GivenVerdicts {
  readonly verdicts: readonly Verdict[];
  readonly version: string;
}

export async function studyVerdicts(id: string): Promise<GivenVerdicts> {
  const response = await call(`${study(id)}/verdicts`);
  return { ...verdictListSchema.parse(await response.json()), version: versionOf(response) };
}

/** @param base the version of the verdicts that the reader has seen */
export async function giveVerdict(id: string, verdict: NewVerdict, base: string): Promise<void> {
  await call(`${study(id)}/verdicts`, {
    method: "POST",
    headers: { "content-type": "application/json", "if-match": base },
    body: JSON.stringify(newVerdictSchema.parse(verdict)),
  });
}

/** The model that the server judges with, for judging on this computer. */
export const modelFile = async (): Promise<ArrayBuffer> => (await call("model")).arrayBuffer();

/** @param base the version of readers' work that goes with it */
export async function removeStudy(id: string, base: string): Promise<void> {
  await call(study(id), { method: "DELETE", headers: { "if-match": base } });
}

export function upload(files: readonly File[]) {
  const body = new FormData();
  for (const file of files) body.append("files", file, file.webkitRelativePath || file.name);
  return json(uploadResultSchema, "studies", { method: "POST", body });
}

/**
 * Follows the server's events until the returned function is called.
 * @param onGap when events may have been missed
 * @param onStart when the first is no longer missed
 */
export function follow(
  onEvent: (event: ServiceEvent) => void,
  onGap: () => void,
  onStart: () => void = () => {},
): () => void {
  const source = new EventSource("api/events");
  let opened = false;
  source.onopen = () => {
    if (opened) onGap();
    else onStart();
    opened = true;
  };
  source.onmessage = (message) => {
    const event = eventSchema.safeParse(JSON.parse(String(message.data)));
    if (event.success) onEvent(event.data);
  };
  return () => source.close();
}
