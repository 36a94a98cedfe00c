import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { createServer, type ViteDevServer } from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { encodedSeries, encodings } from "../../../test/volume/encoded-series.ts";
import { series } from "../../../test/volume/synthetic-series.ts";
import type { ByteSource } from "../source.ts";

const program = ["/usr/bin/chromium", "/usr/bin/google-chrome"].find((path) => existsSync(path));
if (!program) console.warn("skipped: chromium is not installed, reading in a browser is not tested");

describe.skipIf(!program)("in a browser", () => {
  let server: ViteDevServer;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    const root = join(import.meta.dirname, "../../../test/volume/browser");
    server = await createServer({
      root,
      configFile: false,
      logLevel: "error",
      cacheDir: join(root, "../../../node_modules/.vite-volume-test"),
      server: { port: 0, fs: { allow: [join(root, "../../..")] } },
    });
    await server.listen();
    browser = await chromium.launch({ executablePath: program!, args: ["--no-sandbox"] });
    page = await browser.newPage();
    page.on("pageerror", (error) => console.error(error));
    await page.goto(server.resolvedUrls!.local[0]!);
    await page.waitForFunction("'readInPage' in window");
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  const read = async (files: readonly ByteSource[]) => {
    const contents = await Promise.all(files.map(async ({ name, read }) => ({ name, content: [...(await read())] })));
    return page.evaluate((given) => window.readInPage(given), contents);
  };

  test("every transfer syntax decodes in Web Workers to the same volume", async () => {
    const plain = await read(series());
    expect(plain.size).toEqual([16, 12, 10]);
    expect(new Set(plain.voxels).size).toBeGreaterThan(100);
    for (const encoding of encodings) expect(await read(await encodedSeries(encoding)), encoding).toEqual(plain);
  }, 120_000);
});
