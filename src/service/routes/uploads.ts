/** Uploads: streamed to disk within limits, then sorted into studies. */
import { createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { FastifyInstance } from "fastify";
import { EmbolensError, FailedError, RefusedError } from "../../errors.ts";
import { ingest, type Library, type VolumeCache } from "../../library/index.ts";

export interface UploadLimits {
  /** Bytes of one file. */
  readonly fileBytes: number;
  /** Bytes of one upload. */
  readonly totalBytes: number;
  /** Files of one upload. */
  readonly files: number;
  /** Uploads on their way or being sorted into studies. */
  readonly atOnce: number;
}

export const usualLimits: UploadLimits = { fileBytes: 4 * 2 ** 30, totalBytes: 8 * 2 ** 30, files: 20_000, atOnce: 64 };

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
  let running = 0;
  api.post("/studies", { bodyLimit: limits.totalBytes }, async (request, reply) => {
    if (!request.isMultipart()) {
      throw new RefusedError("request-invalid", "an upload is multipart/form-data with the files in it");
    }
    const claimed = Number(request.headers["content-length"] ?? 0);
    if (claimed > limits.totalBytes) throw tooLarge(limits);
    if (running >= limits.atOnce) {
      throw new FailedError("too-busy", `${running} uploads are on their way already`, { hint: "send it again later" });
    }
    running++;
    let folder: string | undefined;
    try {
      folder = await library.makeIncoming();
      const incoming = folder;
      const names: string[] = [];
      let total = 0;
      try {
        for await (const part of request.files()) {
          // The sender's name is kept for messages only; on disk the file has one of ours.
          const path = join(incoming, String(names.length).padStart(6, "0"));
          names.push(part.filename);
          part.file.on("data", (chunk: Buffer) => {
            total += chunk.length;
            if (total > limits.totalBytes) part.file.destroy(tooLarge(limits));
          });
          await pipeline(part.file, createWriteStream(path));
          if (part.file.truncated) throw tooLarge(limits);
        }
      } catch (error) {
        throw isParsers(error) ? new BrokenForm(`the upload is no whole form: ${error.message}`) : error;
      }
      if (names.length === 0) throw new RefusedError("empty-input", "the upload holds no file");
      const shownName = (text: string) =>
        text
          .replaceAll(incoming, "")
          .replace(/\/?(\d{6})(?=\/|:|$)/g, (whole, number: string) => names[Number(number)] ?? whole);
      return reply.code(202).send(await ingest(library, volumes, incoming, shownName));
    } finally {
      running--;
      if (folder !== undefined) await rm(folder, { recursive: true, force: true });
    }
  });
}

/** The parser's errors are plain ones without a code; those of the disk and of the limits have one. */
const isParsers = (error: unknown): error is Error =>
  error instanceof Error && !(error instanceof EmbolensError) && !("code" in error);

class BrokenForm extends Error {
  readonly statusCode = 400;
}

export const tooLarge = ({ totalBytes, fileBytes, files }: UploadLimits): RefusedError =>
  new RefusedError(
    "too-large",
    `an upload may hold ${gigabytes(totalBytes)} in ${files} files of at most ${gigabytes(fileBytes)}`,
    { hint: "send a study of more files as a zip, or several studies one after another" },
  );

const gigabytes = (bytes: number): string => `${(bytes / 2 ** 30).toPrecision(2)} GB`;
