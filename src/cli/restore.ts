/** `embolens restore`: a reading room's folder from a backup, once all of its files are found whole. */
import type { Command } from "commander";
import { restore } from "../library/index.ts";
import { example, jsonOption, print } from "./terminal.ts";

export function define(command: Command): void {
  jsonOption(command)
    .argument("<backup>", "a folder that embolens backup has made")
    .option("--data <folder>", "where the reading room goes; must not be there yet, or hold nothing", "reading-room")
    .action(async (backup: string, options: { readonly data: string; readonly json?: boolean }) => {
      const restored = await restore(backup, options.data);
      print(
        options,
        { data: options.data, ...restored },
        ({ data, studies }) => `${studies} studies restored to ${data}`,
      );
    });
  example(command, "embolens restore backup-of-monday --data reading-room");
}
