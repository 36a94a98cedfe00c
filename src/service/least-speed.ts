/**
 * A request whose body hardly comes is given up, so that a few hundred of them can't hold the server's connections and
 * upload folders. What was begun ends as if the sender had gone.
 */
import type { FastifyInstance } from "fastify";

export interface LeastSpeed {
  /** Bytes that a body brings at least in every window. */
  readonly bytes: number;
  readonly milliseconds: number;
}

/** A modem's speed: slower than any hospital's line, faster than one who only wants to keep a connection. */
export const usualLeastSpeed: LeastSpeed = { bytes: 20_000, milliseconds: 20_000 };

export function requireLeastSpeed(app: FastifyInstance, { bytes, milliseconds }: LeastSpeed): void {
  app.addHook("onRequest", async ({ raw, log }) => {
    if (raw.complete || raw.method === "GET" || raw.method === "HEAD") return;
    const { socket } = raw;
    let before = socket.bytesRead;
    const watch = setInterval(() => {
      // Its last bytes may be here and wait for the disk.
      if (raw.complete) return clearInterval(watch);
      const now = socket.bytesRead;
      if (now - before >= bytes) {
        before = now;
        return;
      }
      clearInterval(watch);
      log.warn({ bytes: now - before, milliseconds }, "a body comes too slowly and is given up");
      socket.end("HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", () =>
        socket.destroy(),
      );
    }, milliseconds);
    raw.once("close", () => clearInterval(watch));
  });
}
