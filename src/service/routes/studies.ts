/** The worklist, one study, its CT and attention, the files of its diagnosis, and readers' verdicts. */
import { stat } from "node:fs/promises";
import { basename, extname } from "node:path";
import type { FastifyInstance, FastifyReply } from "fastify";
import { z } from "zod";
import { RefusedError } from "../../errors.ts";
import {
  judgeAgain,
  keptAttention,
  keptDiagnosis,
  keptResult,
  keptVerdicts,
  type Library,
  recordVerdict,
  removeStudyIfMatch,
  studyEtag,
  type VolumeCache,
} from "../../library/index.ts";
import type { Geometry } from "../../volume/index.ts";
import { entityTag, parsePreconditions } from "../preconditions.ts";
import { type DiagnosisDocument, gridHeader, newVerdictSchema, seriesHeader } from "../schema.ts";

const parameters = z.object({ id: z.string() });

export function addStudyRoutes(api: FastifyInstance, library: Library, volumes: VolumeCache): void {
  api.get("/studies", async () => ({ studies: library.list() }));

  api.get("/studies/:id", async (request, reply) => {
    const { id } = parameters.parse(request.params);
    // Of readers' work alone: a study whose diagnosis goes on is still the one that somebody wants removed.
    const version = await studyEtag(library, id);
    const study = library.get(id);
    reply.header("etag", entityTag(version)).header("cache-control", "no-store");
    const diagnosis = study.state === "done" ? await intactDiagnosis(library, id) : null;
    // As it is by now: a damaged diagnosis makes it a failed one, whose CT and readers' work are still to be seen.
    return { study: library.get(id), diagnosis };
  });

  api.post("/studies/:id/diagnosis", async (request, reply) => {
    const study = await judgeAgain(library, parameters.parse(request.params).id);
    return reply.code(202).send(study);
  });

  api.delete("/studies/:id", async (request, reply) => {
    await removeStudyIfMatch(library, parameters.parse(request.params).id, parsePreconditions(request.headers));
    return reply.code(204).send();
  });

  api.get("/studies/:id/volume", async (request, reply) => {
    const { geometry, voxels, series } = await volumes.get(library.get(parameters.parse(request.params).id));
    reply.header(seriesHeader, asciiJson(series.seriesInstanceUid));
    const body = voxels instanceof Int16Array ? voxels : Int16Array.from(voxels, Math.round);
    return sendGrid(reply, geometry, body);
  });

  api.get("/studies/:id/attention", async (request, reply) => {
    const { geometry, voxels } = await keptAttention(library, parameters.parse(request.params).id);
    return sendGrid(reply, geometry, voxels);
  });

  api.get("/studies/:id/results/:name", async (request, reply) => {
    const { id, name } = parameters.extend({ name: z.string() }).parse(request.params);
    const isName = name === basename(name);
    const found = isName ? await stat(library.path(id, "diagnosis", name)).catch(() => undefined) : undefined;
    if (!found?.isFile()) throw new RefusedError("study-unknown", `the diagnosis has no file ${name.slice(0, 60)}`);
    return reply
      .type(mediaTypes[extname(name)] ?? "application/octet-stream")
      .send(await keptResult(library, id, name));
  });

  api.get("/studies/:id/verdicts", async (request, reply) => {
    const { verdicts } = library.get(parameters.parse(request.params).id);
    reply.header("etag", entityTag(keptVerdicts(verdicts).version)).header("cache-control", "no-store");
    return { verdicts };
  });

  api.post("/studies/:id/verdicts", async (request) => {
    const { id } = parameters.parse(request.params);
    return recordVerdict(library, id, newVerdictSchema.parse(request.body), parsePreconditions(request.headers));
  });
}

/** Null where its files are damaged. */
async function intactDiagnosis(library: Library, id: string): Promise<DiagnosisDocument | null> {
  try {
    return await keptDiagnosis(library, id);
  } catch (error) {
    if (error instanceof RefusedError && (error.code === "file-damaged" || error.code === "study-unknown")) return null;
    throw error;
  }
}

const mediaTypes: Readonly<Record<string, string>> = {
  ".json": "application/json",
  ".png": "image/png",
  ".dcm": "application/dicom",
  ".gz": "application/gzip",
};

/** Names are in any script, headers in ASCII alone. */
export const asciiJson = (value: unknown): string =>
  JSON.stringify(value).replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);

/** Sends voxels as they lie in memory (all our machines are little-endian), their grid in a header. */
export function sendGrid(
  reply: FastifyReply,
  geometry: Geometry,
  voxels: Int16Array | Float32Array | Uint8Array,
): FastifyReply {
  const { size, spacing, origin, axes } = geometry;
  return reply
    .header(gridHeader, JSON.stringify({ size, spacing, origin, axes }))
    .header("cache-control", "no-store")
    .type("application/octet-stream")
    .send(Buffer.from(voxels.buffer, voxels.byteOffset, voxels.byteLength));
}
