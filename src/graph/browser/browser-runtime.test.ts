import { existsSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { createServer } from "vite";
import { expect, test } from "vitest";
import { trainSmall } from "../../../test/graph/small-training.ts";
import { createRuntime } from "../node/index.ts";

const program = ["/usr/bin/chromium", "/usr/bin/google-chrome"].find((path) => existsSync(path));
if (!program) console.warn("skipped: chromium is not installed, training in a browser is not tested");

test.skipIf(!program)("a network trains in a page as it does in Node", async () => {
  const root = join(import.meta.dirname, "../../../test/graph/browser");
  const server = await createServer({
    root,
    configFile: false,
    logLevel: "error",
    cacheDir: join(root, "../../../node_modules/.vite-graph-test"),
    resolve: { conditions: ["onnxruntime-web-use-extern-wasm", "module", "browser", "development"] },
    optimizeDeps: { exclude: ["onnxruntime-web"] },
    server: { port: 0, fs: { allow: [join(root, "../../..")] } },
  });
  await server.listen();
  const browser = await chromium.launch({ executablePath: program!, args: ["--no-sandbox"] });
  try {
    const page = await browser.newPage();
    page.on("pageerror", (error) => console.error(error));
    await page.goto(server.resolvedUrls!.local[0]!);
    await page.waitForFunction("'trainInPage' in window");
    const inPage = await page.evaluate(() => window.trainInPage());
    const here = await trainSmall(await createRuntime({ device: "cpu", threads: 1 }));
    expect(here.at(-1)).toBeLessThan(here[0]!);
    expect(inPage).toHaveLength(here.length);
    inPage.forEach((loss, index) => {
      expect(loss).toBeCloseTo(here[index]!, 4);
    });
  } finally {
    await browser.close();
    await server.close();
  }
});
