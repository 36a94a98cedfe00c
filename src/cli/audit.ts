/** `embolens audit`: whether a reading room's audit log is whole. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { FailedError, RefusedError } from "../errors.ts";
import { verifyAudit } from "../service/index.ts";
import { example, jsonOption, print } from "./terminal.ts";

interface AuditOptions {
  readonly data: string;
  readonly json?: boolean;
}

export function define(command: Command): void {
  jsonOption(command)
    .option("--data <folder>", "the reading room's folder", "reading-room")
    .requiredOption("--verify", "follow the chain from its first line to its last")
    .action(async (options: AuditOptions) => {
      const path = join(options.data, "audit.jsonl");
      if (!existsSync(path)) throw new FailedError("file-missing", `${path}: there is no audit log`);
      const found = await verifyAudit(path);
      if (found.problem !== null) {
        throw new RefusedError("audit-broken", `${path}: ${found.problem}`, {
          hint: "compare it with a copy: what stands before that line is whole",
        });
      }
      print(options, found, () => `${found.lines} lines, whole; the last is ${found.head}`);
    });
  example(command, "embolens audit --verify --data reading-room");
}
