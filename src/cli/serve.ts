/** `embolens serve`: the reading room and its API. */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { FailedError, UsageError } from "../errors.ts";
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
  readonly tokenFile?: string;
  readonly publicUrl?: string;
  readonly trustProxy?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly openid?: string;
  readonly openidClient?: string;
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
    .option("--host <address>", "what to listen on; beyond this computer only with users or a token", "127.0.0.1")
    .option("--port <number>", "0 takes a free one", wholeNumber(0, 65_535), 8042)
    .option("--token-file <file>", "holds the token that is asked of every call; or set EMBOLENS_TOKEN")
    .option("--public-url <address>", "where browsers reach the server through a proxy")
    .option("--trust-proxy <addresses>", "proxies whose X-Forwarded-For is believed, by commas")
    .option("--cert <file>", "TLS certificate with its chain, PEM; with --key")
    .option("--key <file>", "TLS key, PEM; with --cert")
    .option("--openid <issuer>", "OpenID provider that signs people in; its secret is in EMBOLENS_OPENID_SECRET")
    .option("--openid-client <id>", "what the provider calls this reading room", "embolens")
    .option("--demonstration", "fill an empty reading room with a few synthetic studies")
    .action(async (options: ServeOptions) => {
      const { data, publicUrl, trustProxy } = options;
      const token = await readToken(options.tokenFile);
      const tls = await readTls(options);
      const openId =
        options.openid === undefined
          ? undefined
          : {
              issuer: options.openid,
              client: options.openidClient ?? "embolens",
              secret: process.env.EMBOLENS_OPENID_SECRET,
            };
      const model = options.model ?? (await demonstrationModel());
      const signal = abortOnInterrupt();
      const service = await startService({
        ...{ ...options, token, tls, openId, publicUrl, trustProxy, model },
        logLevel: process.stderr.isTTY ? "warn" : "info",
        page: builtPage(),
        limits: usualLimits,
      });
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
  example(command, "embolens serve --demonstration", "embolens serve --host 0.0.0.0 --cert ct.pem --key ct.key");
}

/** What other users of the computer can't read in its list of processes. */
async function readToken(file: string | undefined): Promise<string | undefined> {
  return file === undefined ? process.env.EMBOLENS_TOKEN || undefined : (await readGiven(file)).trim();
}

async function readTls({ cert, key }: ServeOptions): Promise<{ cert: string; key: string } | undefined> {
  if (cert === undefined && key === undefined) return undefined;
  if (cert === undefined || key === undefined) {
    throw new UsageError("option-conflict", "--cert and --key go together");
  }
  return { cert: await readGiven(cert), key: await readGiven(key) };
}

async function readGiven(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new FailedError("file-unreadable", `${path}: can’t be read`, { cause });
  }
}
