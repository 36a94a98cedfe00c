import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, it, vi } from "vitest";

const story = "the README's network learns to read the digits it draws, is written as a file and goes on from one";
it(story, { timeout: 180_000 }, async () => {
  const readme = await readFile(new URL("./README.md", import.meta.url), "utf8");
  const code = ["In 25 lines", "Inference graphs", "Files"]
    .map((title) => new RegExp(`## ${title}[\\s\\S]*?\`\`\`ts\\n([\\s\\S]*?)\`\`\``).exec(readme)![1]!)
    .join("");
  const folder = await mkdtemp(join(tmpdir(), "embolens-readme-"));
  const printed: unknown[][] = [];
  const log = vi.spyOn(console, "log").mockImplementation((...values) => void printed.push(values));
  try {
    const here = new URL("./", import.meta.url);
    const placed = code.replace(
      /from "(\.[^"]+)"/g,
      (_, path) => `from ${JSON.stringify(new URL(path, here).pathname)}`,
    );
    await writeFile(join(folder, "example.ts"), placed);
    await import(pathToFileURL(join(folder, "example.ts")).href);
  } finally {
    log.mockRestore();
    await rm(folder, { recursive: true });
    await rm(join(tmpdir(), "digits.safetensors"), { force: true });
  }
  expect(printed).toHaveLength(3);
  expect(printed[0]![1]).toBeLessThan(0.3);
  expect(printed[1]![1]).toBe(30);
  expect(printed[2]![1]).toBe(printed[0]![1]);
});
