/**
 * The reading room's page and what of reading is compiled (JPEG 2000, Hounsfield units) as the tests use them: built once
 * before them, unless what is there is of these sources.
 */
import { execFileSync } from "node:child_process";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";

const root = fileURLToPath(new URL("..", import.meta.url));
export const page = join(root, "dist", "web");

/** The page holds a part of `src` too: what the browser reads and reckons with. */
const sources = ["web", "src"];

export async function buildPage(): Promise<void> {
  const built = await changedAt(join(page, "index.html")).catch(() => 0);
  if ((await latestChange()) <= built) return;
  execFileSync("npm", ["run", "kernel", "--silent"], { cwd: root, stdio: "inherit" });
  await build({ root: join(root, "web"), logLevel: "error" });
}

const changedAt = async (path: string): Promise<number> => (await stat(path)).mtimeMs;

async function latestChange(): Promise<number> {
  const folders = sources.map((folder) => readdir(join(root, folder), { recursive: true, withFileTypes: true }));
  const files = (await Promise.all(folders)).flat().filter((entry) => entry.isFile());
  return Math.max(...(await Promise.all(files.map(({ parentPath, name }) => changedAt(join(parentPath, name))))));
}
