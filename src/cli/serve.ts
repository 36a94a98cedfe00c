/** `embolens serve`: the reading room and its API. */
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import type { Problem } from "../library/records.ts";
import { demonstrationModel } from "../results/index.ts";
import { addDemonstration, startService, usualLimits } from "../service/index.ts";
import {
  abortOnInterrupt,
  type DeviceName,
  deviceOption,
  example,
  jsonOption,
  modelOption,
  print,
  progressBar,
  say,
  wholeNumber,
} from "./terminal.ts";

interface ServeOptions {
  readonly data: string;
  readonly host: string;
  readonly port: number;
  readonly token?: string;
  readonly model?: string;
  readonly demonstration?: boolean;
  readonly device: DeviceName;
  readonly json?: boolean;
}

/** Where `npm run build` puts the page, seen from the sources and from the build. */
function builtPage(): string {
  const fromSource = import.meta.url.endsWith(".ts");
  return fileURLToPath(new URL(fromSource ? "../../dist/web" : "../../web", import.meta.url));
}

export function define(command: Command): void {
  modelOption(jsonOption(deviceOption(command)), "the model that judges; the demonstration model when not given")
    .option("--data <folder>", "where studies, diagnoses and annotations are kept", "reading-room")
    .option("--host <address>", "what to listen on; beyond this computer only with --token", "127.0.0.1")
    .option("--port <number>", "0 takes a free one", wholeNumber(0, 65_535), 8042)
    .option("--token <secret>", "asked of every call; at least 16 characters")
    .option("--demonstration", "fill an empty reading room with a few synthetic studies")
    .action(async (options: ServeOptions) => {
      const { token, data } = options;
      const model = options.model ?? (await demonstrationModel());
      const signal = abortOnInterrupt();
      const service = await startService({ ...options, token, model, page: builtPage(), limits: usualLimits });
      const { address } = service;
      const { problems } = service.library;
      const tell = ({ message, hint }: Problem) => say(hint ? `${message}\n  ${hint}` : message);
      for (const problem of problems.list()) tell(problem);
      problems.onAdd(tell);
      print(options, { address, data, model }, () => `The reading room is open at ${address}`);
      say("Research use, not a medical device. Ctrl-C closes it; what waits is diagnosed at the next start.");
      const closed = new Promise((resolve) => signal.addEventListener("abort", resolve));
      if (options.demonstration) {
        // A full disk ends the demonstration, not the reading room.
        await addDemonstration(service.library, { onProgress: progressBar(), signal }).catch((error: unknown) =>
          say(`no further synthetic studies: ${error instanceof Error ? error.message : String(error)}`),
        );
      }
      await closed;
      await service.close();
    });
  example(command, "embolens serve --demonstration", 'embolens serve --host 0.0.0.0 --token "$(openssl rand -hex 16)"');
}
