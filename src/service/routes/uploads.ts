/** Uploads: streamed to disk within limits, then sorted into studies. */
import { createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { FastifyInstance } from "fastify";
import { RefusedError } from "../../errors.ts";
import { ingest, type Library, type VolumeCache } from "../../library/index.ts";

export interface UploadLimits {
  /** Bytes of one file. */
  readonly fileBytes: number;
  /** Bytes of one upload. */
  readonly totalBytes: number;
  /** Files of one upload. */
  readonly files: number;
}

export const usualLimits: UploadLimits = { fileBytes: 4 * 2 ** 30, totalBytes: 8 * 2 ** 30, files: 20_000 };

/** Besides files a form may hold a few fields, which are passed over; the parser's own limits are far below ours. */
const fields = 10;
export const multipartLimits = ({ fileBytes, files }: UploadLimits) => ({
  fileSize: fileBytes,
  files,
  fields,
  parts: files + fields,
});

export function addUploadRoutes(
  api: FastifyInstance,
  library: Library,
  volumes: VolumeCache,
  limits: UploadLimits,
): void {
  api.post("/studies", { bodyLimit: limits.totalBytes }, async (request, reply) => {
    if (!request.isMultipart()) {
      throw new RefusedError("request-invalid", "an upload is multipart/form-data with the files in it");
    }
    const claimed = Number(request.headers["content-length"] ?? 0);
    if (claimed > limits.totalBytes) throw tooLarge(limits);
    const folder = await library.makeIncoming();
    try {
      const names: string[] = [];
      let total = 0;
      for await (const part of request.files()) {
        // The sender's name is kept for messages only; on disk the file has one of ours.
        const path = join(folder, String(names.length).padStart(6, "0"));
        names.push(part.filename);
        part.file.on("data", (chunk: Buffer) => {
          total += chunk.length;
          if (total > limits.totalBytes) part.file.destroy(tooLarge(limits));
        });
        await pipeline(part.file, createWriteStream(path));
        if (part.file.truncated) throw tooLarge(limits);
      }
      if (names.length === 0) throw new RefusedError("empty-input", "the upload holds no file");
      const shownName = (text: string) =>
        text
          .replaceAll(folder, "")
          .replace(/\/?(\d{6})(?=\/|:|$)/g, (whole, number: string) => names[Number(number)] ?? whole);
      return reply.code(202).send(await ingest(library, volumes, folder, shownName));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
}

export const tooLarge = ({ totalBytes, fileBytes, files }: UploadLimits): RefusedError =>
  new RefusedError(
    "too-large",
    `an upload may hold ${gigabytes(totalBytes)} in ${files} files of at most ${gigabytes(fileBytes)}`,
    { hint: "send a study of more files as a zip, or several studies one after another" },
  );

const gigabytes = (bytes: number): string => `${(bytes / 2 ** 30).toPrecision(2)} GB`;
