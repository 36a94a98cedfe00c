/** A reader's mask: taken, given back, and handed out as a DICOM segmentation. */
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import {
  keepAnnotation,
  keptAnnotation,
  keptSegmentation,
  type Library,
  type VolumeCache,
} from "../../library/index.ts";
import { entityTag, parsePreconditions } from "../preconditions.ts";
import { annotationHeader, readerSchema } from "../schema.ts";
import { asciiJson, sendGrid } from "./studies.ts";

const parameters = z.object({ id: z.string() });
const query = z.object({
  slices: z
    .string()
    .regex(/^\d{1,6}(,\d{1,6})*$/, "expected slice indices separated by commas")
    .transform((text) => text.split(",").map(Number)),
  reader: readerSchema,
  series: z.string().max(64).optional(),
});

/** A packed mask is seldom above 1 MB; a painted-full one of 1000 slices stays below this. */
const packedBytes = 64 * 1024 * 1024;

export function addAnnotationRoutes(api: FastifyInstance, library: Library, volumes: VolumeCache): void {
  api.addContentTypeParser(
    "application/octet-stream",
    { parseAs: "buffer", bodyLimit: packedBytes },
    (_request, body, done) => done(null, body),
  );

  api.put("/studies/:id/annotation", { bodyLimit: packedBytes }, async (request, reply) => {
    const { id } = parameters.parse(request.params);
    const { slices, reader, series } = query.parse(request.query);
    const packed = z.instanceof(Buffer, { error: "expected a mask compressed with gzip" }).parse(request.body);
    const seen = parsePreconditions(request.headers);
    const annotation = { packed, slices, reader, seriesInstanceUID: series };
    const { study, version } = await keepAnnotation(library, volumes, id, annotation, seen);
    // What was sent is, voxel for voxel, what will be given back: its sender may go on from it under this tag.
    return reply.header("etag", entityTag(version)).send(study);
  });

  api.get("/studies/:id/annotation", async (request, reply) => {
    const { mask, record, version } = await keptAnnotation(library, volumes, parameters.parse(request.params).id);
    reply.header("etag", entityTag(version));
    if (record) {
      const { slices, reader, at, seriesInstanceUID } = record;
      reply.header(annotationHeader, asciiJson({ slices, reader, at, seriesInstanceUID }));
    }
    return sendGrid(reply, mask.geometry, mask.voxels);
  });

  api.get("/studies/:id/annotation.dcm", async (request, reply) => {
    const content = await keptSegmentation(library, parameters.parse(request.params).id);
    return reply.type("application/dicom").send(Buffer.from(content));
  });
}
