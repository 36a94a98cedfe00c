/**
 * Server-sent events: every change of a study, as it happens. A client that reads slowly gets the newest state of each
 * study and not the ones between, so what waits for it is never more than the worklist; an event is written once for all.
 */
import type { ServerResponse } from "node:http";
import type { FastifyInstance } from "fastify";
import { FailedError } from "../../errors.ts";
import type { Library } from "../../library/index.ts";

const secondsBetweenBeats = 20;
/** Every page of a reading room has one; a browser opens no more than a few. */
const mostStreams = 1000;

export function addEventRoutes(api: FastifyInstance, library: Library): void {
  const streams = new Set<EventStream>();
  library.onChange((event) => {
    if (streams.size === 0) return;
    const text = `data: ${JSON.stringify(event)}\n\n`;
    const id = event.type === "study" ? event.study.id : event.id;
    for (const stream of streams) stream.tell(id, text);
  });
  api.get("/events", (request, reply) => {
    if (streams.size >= mostStreams) {
      throw new FailedError("too-busy", `${mostStreams} pages follow this reading room already`, {
        hint: "close some of them, or ask again later",
      });
    }
    const { raw } = reply.hijack();
    raw.writeHead(200, {
      ...(reply.getHeaders() as Record<string, string>),
      "content-type": "text/event-stream",
      "cache-control": "no-store",
    });
    raw.write("retry: 2000\n\n");
    const stream = new EventStream(raw);
    streams.add(stream);
    // A comment now and then keeps proxies from closing a quiet connection.
    const beat = setInterval(() => stream.tell("", ": still here\n\n"), secondsBetweenBeats * 1000);
    request.raw.on("close", () => {
      clearInterval(beat);
      streams.delete(stream);
    });
  });
}

class EventStream {
  readonly #response: ServerResponse;
  /** The newest event of each study that the connection has no room for yet. */
  readonly #waiting = new Map<string, string>();

  constructor(response: ServerResponse) {
    this.#response = response;
    response.on("drain", () => this.#send());
  }

  tell(study: string, text: string): void {
    this.#waiting.delete(study);
    this.#waiting.set(study, text);
    this.#send();
  }

  #send(): void {
    for (const [study, text] of this.#waiting) {
      if (this.#response.writableNeedDrain) return;
      this.#waiting.delete(study);
      this.#response.write(text);
    }
  }
}
