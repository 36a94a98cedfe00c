/** The worklist, one study, its CT and attention, the files of its diagnosis, and readers' verdicts. */
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { basename, extname } from "node:path";
import type { FastifyInstance, FastifyReply } from "fastify";
import { z } from "zod";
import { RefusedError } from "../../errors.ts";
import {
  keptAttention,
  keptDiagnosis,
  keptVerdicts,
  type Library,
  recordVerdict,
  removeStudyIfMatch,
  studyEtag,
  type VolumeCache,
} from "../../library/index.ts";
import type { Geometry } from "../../volume/index.ts";
import { entityTag, parsePreconditions } from "../preconditions.ts";
import { gridHeader, newVerdictSchema, seriesHeader } from "../schema.ts";

const parameters = z.object({ id: z.string() });

export function addStudyRoutes(api: FastifyInstance, library: Library, volumes: VolumeCache): void {
  api.get("/studies", async () => ({ studies: library.list() }));

  api.get("/studies/:id", async (request, reply) => {
    const { id } = parameters.parse(request.params);
    // Of readers' work alone: a study whose diagnosis goes on is still the one that somebody wants removed.
    const version = await studyEtag(library, id);
    const study = library.get(id);
    reply.header("etag", entityTag(version)).header("cache-control", "no-store");
    return { study, diagnosis: study.state === "done" ? await keptDiagnosis(library, study.id) : null };
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
    const path = library.path(id, "diagnosis", basename(name));
    const found = name === basename(name) ? await stat(path).catch(() => undefined) : undefined;
    if (!found?.isFile()) throw new RefusedError("study-unknown", `the diagnosis has no file ${name.slice(0, 60)}`);
    return reply.type(mediaTypes[extname(name)] ?? "application/octet-stream").send(createReadStream(path));
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
