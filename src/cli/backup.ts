/** `embolens backup`: a copy of a reading room, also while its server works. */
import type { Command } from "commander";
import { backUp } from "../library/index.ts";
import { example, jsonOption, print, progressBar } from "./terminal.ts";

export function define(command: Command): void {
  jsonOption(command)
    .option("--data <folder>", "the reading room’s folder", "reading-room")
    .requiredOption("--out <folder>", "where the copy goes; must not be there yet")
    .action(async (options: { readonly data: string; readonly out: string; readonly json?: boolean }) => {
      const made = await backUp(options.data, options.out, { onProgress: progressBar() });
      print(
        options,
        { out: options.out, ...made },
        ({ out, studies, files }) => `${studies} studies in ${files} files: ${out}`,
      );
    });
  example(command, "embolens backup --data reading-room --out backup-of-monday");
}
