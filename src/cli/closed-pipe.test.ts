import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const main = fileURLToPath(new URL("main.ts", import.meta.url));

test("a reader that stops reading ends the program quietly", () => {
  const command = `"${process.execPath}" --import tsx "${main}" --help; echo "exit $?" >&2`;
  const { stderr } = spawnSync("bash", ["-c", `( ${command} ) | true`], { encoding: "utf8" });
  expect(stderr).toBe("exit 0\n");
});
