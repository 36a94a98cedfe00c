/**
 * The page's side of the server's API: every answer is checked before it is used.
 */
import type { z } from "zod";
import {
  type DiagnosisDocument,
  errorSchema,
  eventSchema,
  gridHeader,
  gridSchema,
  newVerdictSchema,
  type ServiceEvent,
  type Study,
  studyDetailSchema,
  studySchema,
  uploadResultSchema,
  worklistSchema,
} from "../../src/service/schema.ts";
import { type Geometry, patientPoint } from "../../src/volume/index.ts";

export class ApiError extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

const token = new URLSearchParams(location.search).get("token");

async function call(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  if (token) headers.set("authorization", `Bearer ${token}`);
  const response = await fetch(`api/${path}`, { ...init, headers });
  if (response.ok) return response;
  const problem = errorSchema.safeParse(await response.json().catch(() => undefined));
  if (problem.success) throw new ApiError(problem.data.error.code, problem.data.error.message);
  throw new ApiError("http", `the server answered ${response.status}`);
}

async function json<T>(schema: z.ZodType<T>, path: string, init?: RequestInit): Promise<T> {
  return schema.parse(await (await call(path, init)).json());
}

const study = (id: string) => `studies/${encodeURIComponent(id)}`;

export const listStudies = async (): Promise<Study[]> => (await json(worklistSchema, "studies")).studies;

export const studyDetail = (id: string): Promise<{ study: Study; diagnosis: DiagnosisDocument | null }> =>
  json(studyDetailSchema, study(id));

export interface Grid<Voxels> {
  readonly geometry: Geometry;
  readonly voxels: Voxels;
}

async function grid<Voxels>(path: string, voxels: (body: ArrayBuffer) => Voxels): Promise<Grid<Voxels>> {
  const response = await call(path);
  const { origin, ...rest } = gridSchema.parse(JSON.parse(response.headers.get(gridHeader) ?? "null"));
  return { geometry: { ...rest, origin: patientPoint(...origin) }, voxels: voxels(await response.arrayBuffer()) };
}

export const studyVolume = (id: string) => grid(`${study(id)}/volume`, (body) => new Int16Array(body));
export const studyAttention = (id: string) => grid(`${study(id)}/attention`, (body) => new Uint8Array(body));
export const studyAnnotation = (id: string) => grid(`${study(id)}/annotation`, (body) => new Uint8Array(body));

/** @param slices indices of the CT's slices that were looked at and annotated, also where nothing was found */
export async function saveAnnotation(
  id: string,
  mask: Uint8Array,
  slices: readonly number[],
  reader: string,
): Promise<Study> {
  const packed = new Blob([mask as Uint8Array<ArrayBuffer>]).stream().pipeThrough(new CompressionStream("gzip"));
  const query = new URLSearchParams({ slices: slices.join(","), reader });
  return json(studySchema, `${study(id)}/annotation?${query}`, {
    method: "PUT",
    headers: { "content-type": "application/octet-stream" },
    body: await new Response(packed).blob(),
  });
}

export function giveVerdict(id: string, verdict: z.input<typeof newVerdictSchema>): Promise<Study> {
  return json(studySchema, `${study(id)}/verdicts`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(newVerdictSchema.parse(verdict)),
  });
}

/** The model that the server judges with, for judging on this computer. */
export const modelFile = async (): Promise<ArrayBuffer> => (await call("model")).arrayBuffer();

export async function removeStudy(id: string): Promise<void> {
  await call(study(id), { method: "DELETE" });
}

export function upload(files: readonly File[]) {
  const body = new FormData();
  for (const file of files) body.append("files", file, file.webkitRelativePath || file.name);
  return json(uploadResultSchema, "studies", { method: "POST", body });
}

/** Follows the server's events until the returned function is called; `onGap` fires when events may have been missed. */
export function follow(onEvent: (event: ServiceEvent) => void, onGap: () => void): () => void {
  const source = new EventSource(`api/events${token ? `?token=${encodeURIComponent(token)}` : ""}`);
  let opened = false;
  source.onopen = () => {
    if (opened) onGap();
    opened = true;
  };
  source.onmessage = (message) => {
    const event = eventSchema.safeParse(JSON.parse(String(message.data)));
    if (event.success) onEvent(event.data);
  };
  return () => source.close();
}
