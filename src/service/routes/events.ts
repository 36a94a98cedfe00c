/** Server-sent events: every change of a study, as it happens. */
import type { FastifyInstance } from "fastify";
import type { Library } from "../../library/index.ts";

const secondsBetweenBeats = 20;

export function addEventRoutes(api: FastifyInstance, library: Library): void {
  api.get("/events", (request, reply) => {
    const { raw } = reply.hijack();
    raw.writeHead(200, {
      ...(reply.getHeaders() as Record<string, string>),
      "content-type": "text/event-stream",
      "cache-control": "no-store",
    });
    raw.write("retry: 2000\n\n");
    const stop = library.onChange((event) => raw.write(`data: ${JSON.stringify(event)}\n\n`));
    // A comment now and then keeps proxies from closing a quiet connection.
    const beat = setInterval(() => raw.write(": still here\n\n"), secondsBetweenBeats * 1000);
    request.raw.on("close", () => {
      clearInterval(beat);
      stop();
    });
  });
}
