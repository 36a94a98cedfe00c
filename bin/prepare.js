/**
 * Builds where the development tools are installed; without them (`npm ci --omit=dev`) it leaves what has been built
 * before, and says so where there is nothing. With `--if-missing` it leaves whatever is there.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

const has = (path) => existsSync(new URL(`../${path}`, import.meta.url));
const isBuilt = has("dist/src/cli/main.js") && has("dist/web/index.html");

if (isBuilt && process.argv.includes("--if-missing")) process.exit(0);
if (["typescript", "vite", "assemblyscript"].every((tool) => has(`node_modules/${tool}`))) {
  const { status } = spawnSync("npm run build", { shell: true, stdio: "inherit", cwd: new URL("..", import.meta.url) });
  process.exitCode = status ?? 1;
} else if (!isBuilt) {
  console.warn("embolens is not built, and the tools that build it are not installed: run npm ci without --omit=dev");
}
