/** Readers' measurements: given out, of one reader or of all, and kept. */
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { keepMeasurements, keptMeasurements, type Library, ofReader } from "../../library/index.ts";
import { entityTag, parsePreconditions } from "../preconditions.ts";
import { newMeasurementListSchema, readerSchema } from "../schema.ts";

const parameters = z.object({ id: z.string() });

export function addMeasurementRoutes(api: FastifyInstance, library: Library): void {
  api.get("/studies/:id/measurements", async (request, reply) => {
    const { measurements: all } = library.get(parameters.parse(request.params).id);
    const { reader } = z.object({ reader: readerSchema.optional() }).parse(request.query);
    const measurements = reader === undefined ? all : ofReader(all, reader);
    reply.header("etag", entityTag(keptMeasurements(measurements).version)).header("cache-control", "no-store");
    return { measurements };
  });

  api.put("/studies/:id/measurements", async (request, reply) => {
    const { id } = parameters.parse(request.params);
    const { reader } = z.object({ reader: readerSchema }).parse(request.query);
    const { measurements } = newMeasurementListSchema.parse(request.body);
    const saved = await keepMeasurements(library, id, reader, measurements, parsePreconditions(request.headers));
    reply.header("etag", entityTag(saved.version));
    return { measurements: saved.measurements };
  });
}
