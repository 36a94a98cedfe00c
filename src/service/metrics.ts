/**
 * What Prometheus may ask the reading room: studies by state, the queue, seconds of each step, scores and failures, and
 * how long calls take.
 */
import { readFile } from "node:fs/promises";
import type { FastifyInstance } from "fastify";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { Library } from "../library/index.ts";
import { diagnosisSchema, studyStates } from "./schema.ts";

export function addMetrics(api: FastifyInstance, library: Library): void {
  const register = new Registry();
  collectDefaultMetrics({ register });
  const registers = [register];
  new Gauge({
    ...{ name: "embolens_studies", help: "Studies by state", labelNames: ["state"] as const, registers },
    collect() {
      for (const state of studyStates) this.set({ state }, library.list().filter((one) => one.state === state).length);
    },
  });
  new Gauge({
    ...{ name: "embolens_queue_oldest_seconds", help: "How long the oldest waiting study has waited", registers },
    collect() {
      const waiting = library.list().filter(({ state }) => state === "waiting");
      const ages = waiting.map(({ received }) => (Date.now() - Date.parse(received)) / 1000);
      this.set(Math.max(0, ...ages));
    },
  });
  const steps = new Histogram({
    ...{ name: "embolens_step_seconds", help: "Seconds of each step of a diagnosis", registers },
    labelNames: ["step"] as const,
    buckets: [0.1, 0.3, 1, 3, 10, 30, 100, 300],
  });
  const scores = new Histogram({
    ...{ name: "embolens_probability", help: "Probability of pulmonary embolism of each diagnosis", registers },
    buckets: Array.from({ length: 10 }, (_, index) => (index + 1) / 10),
  });
  const ended = new Counter({
    ...{ name: "embolens_diagnoses_total", help: "Diagnoses by how they ended", registers },
    labelNames: ["state"] as const,
  });
  const calls = new Histogram({
    ...{ name: "embolens_http_seconds", help: "Seconds of each call", registers },
    labelNames: ["method", "route", "status"] as const,
    buckets: [0.01, 0.03, 0.1, 0.3, 1, 3, 10],
  });
  const running = new Set<string>();
  library.onChange((event) => {
    if (event.type === "removed") return void running.delete(event.id);
    const { id, state, probability } = event.study;
    if (state === "running") return void running.add(id);
    // Every later change of the study, a verdict, comes with the same state again.
    if (!running.delete(id) || state === "waiting") return;
    ended.inc({ state });
    if (probability !== null) scores.observe(probability);
    if (state !== "done") return;
    readSeconds(library.path(id, "diagnosis", "diagnosis.json")).then(
      (seconds) => {
        for (const [step, value] of Object.entries(seconds)) steps.observe({ step }, value);
      },
      () => {
        // It was removed, or is broken: whoever opens it is told.
      },
    );
  });
  api.addHook("onResponse", async ({ method, routeOptions }, reply) => {
    calls.observe({ method, route: routeOptions.url ?? "", status: reply.statusCode }, reply.elapsedTime / 1000);
  });
  api.get("/metrics", async (_request, reply) => reply.type(register.contentType).send(await register.metrics()));
}

/** A look only: nothing is made of a file that is broken. */
const readSeconds = async (path: string): Promise<Readonly<Record<string, number>>> =>
  diagnosisSchema.parse(JSON.parse(await readFile(path, "utf8"))).seconds;
