/** The DICOM objects of a study, one by one or as a zip. */
import type { FastifyInstance, FastifyReply } from "fastify";
import { z } from "zod";
import { RefusedError } from "../../errors.ts";
import { keptObjects, type Library, zipped } from "../../library/index.ts";

const parameters = z.object({ id: z.string() });

export function addDicomObjectRoutes(api: FastifyInstance, library: Library): void {
  /** One after another: each takes the memory of its pixels. */
  const oneByOne = <Result>(work: () => Promise<Result>) => library.inTurn("dicom objects", work);

  api.get("/studies/:id/dicom.zip", async (request, reply) => {
    const { id } = parameters.parse(request.params);
    const content = await oneByOne(async () => zipped(await keptObjects(library, id)));
    // The beginning of an identifier of ours: file names are seen by many, and say nothing of the patient.
    return sendFile(reply, "application/zip", `embolens-${id.slice(0, 8)}.zip`, content);
  });

  api.get("/studies/:id/dicom/:name", async (request, reply) => {
    const { id, name } = parameters.extend({ name: z.string() }).parse(request.params);
    const content = await oneByOne(async () => {
      const found = (await keptObjects(library, id)).find((object) => object.name === name);
      if (!found) throw new RefusedError("study-unknown", `the study has no DICOM object ${name.slice(0, 60)}`);
      return found.write();
    });
    return sendFile(reply, "application/dicom", name, content);
  });
}

function sendFile(reply: FastifyReply, type: string, name: string, content: Uint8Array): FastifyReply {
  return reply
    .type(type)
    .header("content-disposition", `attachment; filename="${name}"`)
    .header("cache-control", "no-store")
    .send(Buffer.from(content.buffer, content.byteOffset, content.byteLength));
}
