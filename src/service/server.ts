/**
 * The reading room's server: the page, the API and the jobs behind it, over one data folder.
 *
 *     const server = await startService({ data: "reading-room", host: "127.0.0.1", port: 8042, token: undefined, … });
 *     console.log(server.address);
 *     await server.close();
 */

import { randomUUID } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import multipart from "@fastify/multipart";
import fastifyStatic from "@fastify/static";
import fastify, { type FastifyError, type FastifyInstance, type FastifyServerOptions } from "fastify";
import { ZodError } from "zod";
import { EmbolensError, type ErrorCode, FailedError } from "../errors.ts";
import type { Device } from "../graph/index.ts";
import {
  type DiagnoseStudy,
  DiagnosisProcess,
  type FolderLock,
  Jobs,
  Library,
  libraryHealth,
  lockFolder,
  resampleAnnotation,
  syncCohort,
  unwritableReason,
  VolumeCache,
} from "../library/index.ts";
import { type AccessSettings, type OpenedAccess, openAccess } from "./access/index.ts";
import { type LeastSpeed, requireLeastSpeed, usualLeastSpeed } from "./least-speed.ts";
import { addMetrics } from "./metrics.ts";
import { openApi } from "./openapi.ts";
import { addAnnotationRoutes } from "./routes/annotations.ts";
import { addDicomObjectRoutes } from "./routes/dicom-objects.ts";
import { addEventRoutes } from "./routes/events.ts";
import { addMeasurementRoutes } from "./routes/measurements.ts";
import { addStudyRoutes } from "./routes/studies.ts";
import { addUploadRoutes, multipartLimits, tooLarge, type UploadLimits } from "./routes/uploads.ts";
import { secure } from "./security.ts";

export interface ServiceSettings extends AccessSettings {
  /** 0 takes a free port. */
  readonly port: number;
  /** Folder of the built page. */
  readonly page: string;
  /** File of the model that judges, and where it runs. */
  readonly model: string;
  readonly device: Device | "auto";
  /** Stands in for the diagnosing process. */
  readonly diagnose?: DiagnoseStudy | undefined;
  readonly limits: UploadLimits;
  readonly leastSpeed?: LeastSpeed;
  /** Of the log on stderr; "info" has a line for each call. */
  readonly logLevel?: "info" | "warn" | "silent";
}

export interface RunningService {
  readonly address: string;
  readonly library: Library;
  /** Lets running work go back to waiting and closes every connection. */
  close(): Promise<void>;
}

export async function startService(settings: ServiceSettings): Promise<RunningService> {
  if (!existsSync(settings.page)) {
    throw new FailedError("file-missing", `${settings.page}: the reading room’s page is not built`, {
      hint: "npm run build",
    });
  }
  const lock = await lockFolder(settings.data);
  try {
    const access = await openAccess(settings);
    try {
      return await openService(settings, access, lock);
    } catch (error) {
      await access.audit.close();
      throw error;
    }
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function openService(settings: ServiceSettings, access: OpenedAccess, lock: FolderLock): Promise<RunningService> {
  const library = await Library.open(settings.data);
  await syncCohort(library);
  const volumes = new VolumeCache(library);
  const process = new DiagnosisProcess();
  const { model, device } = settings;
  const inProcess: DiagnoseStudy = ({ id }, { onProgress, signal }) => {
    const request = { images: library.path(id, "images"), folder: library.path(id, "diagnosis"), model, device };
    return process.diagnose(request, onProgress, signal);
  };
  const judge = settings.diagnose ?? inProcess;
  if (!settings.diagnose) {
    try {
      await process.load({ model, device });
    } catch (error) {
      process.close();
      throw error;
    }
  }
  const jobs = new Jobs(library, async (study, tools) => {
    const outcome = await judge(study, tools);
    // Further images may have led to another series than the one that was annotated.
    if (outcome.state === "done") await resampleAnnotation(library, volumes, study.id, outcome.seriesInstanceUID);
    return outcome;
  });
  const options = {
    bodyLimit: 1024 * 1024,
    forceCloseConnections: true,
    routerOptions: { ignoreTrailingSlash: true },
    // Lines of JSON for a machine that collects them; a person at a terminal is told what went wrong.
    logger: { level: settings.logLevel ?? "warn", stream: globalThis.process.stderr },
    genReqId: () => randomUUID(),
    trustProxy: settings.trustProxy ?? false,
  };
  const app: FastifyInstance = settings.tls ? withTls(options, settings.tls) : fastify(options);
  secure(app, settings);
  requireLeastSpeed(app, settings.leastSpeed ?? usualLeastSpeed);
  answerErrors(app, settings.limits);
  await access.register(app);
  await app.register(multipart, { limits: multipartLimits(settings.limits) });
  await app.register(fastifyStatic, { root: settings.page, cacheControl: false });
  await app.register(
    async (api) => {
      access.guard(api);
      addMetrics(api, library);
      api.get("/health", async () => libraryHealth(library));
      api.get("/ready", async (_request, reply) => {
        const { status, problems } = await libraryHealth(library);
        const isModelMissing = problems.some(({ code }) => code === "model-unloadable");
        const isReady = status !== "failing" && !isModelMissing && access.audit.isWritten;
        // Whoever watches the server need not be let in, so no study is named.
        return reply.code(isReady ? 200 : 503).send({ status: isReady ? status : "failing" });
      });
      api.get("/model", async (_request, reply) =>
        reply.type("application/octet-stream").send(createReadStream(settings.model)),
      );
      api.get("/openapi.json", async () => openApi());
      addStudyRoutes(api, library, volumes);
      addUploadRoutes(api, library, volumes, settings.limits);
      addAnnotationRoutes(api, library, volumes);
      addDicomObjectRoutes(api, library);
      addMeasurementRoutes(api, library);
      addEventRoutes(api, library);
    },
    { prefix: "/api" },
  );
  try {
    const address = await app.listen({ host: settings.host, port: settings.port });
    jobs.start();
    return {
      address,
      library,
      close: async () => {
        await jobs.stop();
        process.close();
        await app.close();
        await access.audit.close();
        await lock.release();
      },
    };
  } catch (cause) {
    throw new FailedError("address-unavailable", `${settings.host}:${settings.port} can’t be listened on`, {
      hint: "another server may be using the port: choose one with --port",
      cause,
    });
  }
}

/** Of the errors that HTTP has a number of its own for. */
const statuses: Partial<Record<ErrorCode, number>> = {
  "study-unknown": 404,
  "annotation-missing": 404,
  "file-damaged": 409,
  "changed-meanwhile": 412,
  "not-allowed": 403,
  "too-busy": 503,
  "too-large": 413,
  "version-missing": 428,
};

const codesByStatus: Readonly<Record<number, ErrorCode>> = { 413: "too-large", 429: "too-busy" };

/** The same server behind TLS; only the type of the connection's server is another. */
const withTls = (options: FastifyServerOptions, tls: { readonly cert: string; readonly key: string }) =>
  fastify({ ...options, https: { ...tls, minVersion: "TLSv1.2" } } as FastifyServerOptions) as FastifyInstance;

function answerErrors(app: FastifyInstance, limits: UploadLimits): void {
  app.setNotFoundHandler((_request, reply) =>
    reply.code(404).send({ error: { code: "not-found", message: "there is nothing at this address" } }),
  );
  app.setErrorHandler((thrown: FastifyError, request, reply) => {
    // The sender is gone: nobody reads the answer, and nothing of the server's has failed.
    if (request.raw.destroyed && !request.raw.complete) {
      return reply.code(400).send({ error: { code: "request-invalid", message: "the request ended early" } });
    }
    const unwritable = unwritableReason(thrown);
    if (unwritable !== undefined) {
      request.log.error(thrown);
      const hint = "nothing was changed: let the disk of the reading room’s folder be seen to, then send it again";
      return reply.code(507).send({ error: { code: "file-unwritable", message: unwritable, hint } });
    }
    const error = /^FST_(FILES|PARTS|FIELDS)_LIMIT$|^FST_REQ_FILE_TOO_LARGE$/.test(thrown.code)
      ? tooLarge(limits)
      : thrown;
    if (error instanceof EmbolensError) {
      const status = statuses[error.code] ?? (error.exitCode === 3 ? 422 : 500);
      return reply.code(status).send({ error: { code: error.code, message: error.message, hint: error.hint } });
    }
    if (error instanceof ZodError) {
      const { path, message } = error.issues[0]!;
      return reply
        .code(400)
        .send({ error: { code: "request-invalid", message: `${path.join(".") || "request"}: ${message}` } });
    }
    const status = error.statusCode ?? 500;
    if (status >= 500) {
      request.log.error(error);
      return reply.code(500).send({ error: { code: "defect", message: "the server failed; its log says more" } });
    }
    return reply
      .code(status)
      .send({ error: { code: codesByStatus[status] ?? "request-invalid", message: error.message } });
  });
}
