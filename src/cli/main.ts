/**
 * The command line: `embolens <command> …`. One file a command, loaded only when it is called.
 */
import { Command, CommanderError } from "commander";
import packageJson from "../../package.json" with { type: "json" };
import { UsageError } from "../errors.ts";
import { endProgress } from "./progress-bar.ts";
import { reportError } from "./terminal.ts";

/** A command's file: adds its arguments, options, example and action to the command it is given. */
export interface CommandFile {
  readonly define: (command: Command) => void;
}

interface CommandEntry {
  readonly summary: string;
  readonly load: () => Promise<CommandFile>;
}

const commands: Readonly<Record<string, CommandEntry>> = {
  diagnose: {
    summary: "probability of pulmonary embolism, slab scores, attention, key images",
    load: () => import("./diagnose.ts"),
  },
  slabs: { summary: "what the network will see of a study, as NIfTI", load: () => import("./slabs.ts") },
  inspect: { summary: "what is in a folder of images, and what can be judged", load: () => import("./inspect.ts") },
  export: { summary: "a model as ONNX, for any runtime", load: () => import("./export.ts") },
  "import-weights": {
    summary: "a model of public PyTorch or safetensors weights",
    load: () => import("./import-weights.ts"),
  },
  label: { summary: "labels from report text", load: () => import("./label.ts") },
  phantom: {
    summary: "a synthetic hospital: CT studies, masks, reports, cohort file",
    load: () => import("./phantom.ts"),
  },
  import: { summary: "a public data set as a cohort", load: () => import("./import.ts") },
  prepare: { summary: "studies to slabs, once, for training", load: () => import("./prepare.ts") },
  train: { summary: "train a network on a prepared store; resumes where it stopped", load: () => import("./train.ts") },
  serve: { summary: "the reading room and its API", load: () => import("./serve.ts") },
  backup: { summary: "a copy of a reading room, also while its server works", load: () => import("./backup.ts") },
  restore: { summary: "a reading room from a backup", load: () => import("./restore.ts") },
  users: { summary: "who may use a reading room", load: () => import("./users.ts") },
  tokens: { summary: "named, revocable tokens for machines", load: () => import("./tokens.ts") },
  audit: { summary: "whether a reading room's audit log is whole", load: () => import("./audit.ts") },
  evaluate: { summary: "metrics and a report page of a model", load: () => import("./evaluate.ts") },
  experiment: {
    summary: "the published experiment, end to end, on a synthetic hospital",
    load: () => import("./experiment.ts"),
  },
  roc: { summary: "AUC, intervals and paired tests from any scores", load: () => import("./roc.ts") },
};

function failOnCommanderError(command: Command): Command {
  return command.exitOverride().configureOutput({ writeErr: () => {} });
}

export async function main(argv: readonly string[]): Promise<number> {
  const program = failOnCommanderError(new Command("embolens"))
    .description(`${packageJson.description}`)
    .version(packageJson.version)
    .addHelpText("after", "\nembolens <command> --help shows a command's options and an example.");
  const called = argv.find((argument) => !argument.startsWith("-"));
  for (const [name, { summary, load }] of Object.entries(commands)) {
    const command = failOnCommanderError(program.command(name).summary(summary).description(summary));
    if (name === called) (await load()).define(command);
  }
  try {
    if (argv.length === 0) {
      program.outputHelp();
      return 2;
    }
    if (called !== undefined && called !== "help" && !(called in commands)) {
      throw new UsageError("command-unknown", `there is no command "${called}"`, {
        hint: "embolens --help lists them",
      });
    }
    await program.parseAsync(argv, { from: "user" });
    // A command whose work partly succeeded has set a code and said why.
    return typeof process.exitCode === "number" ? process.exitCode : 0;
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return 0;
      return reportError(new UsageError("option-invalid", error.message.replace(/^error: /, "")), argv);
    }
    return reportError(error, argv);
  } finally {
    endProgress();
  }
}

// Whoever reads the output may stop (`| head`): nothing is left to say then, and that is no failure.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0);
    throw error;
  });
}

process.exitCode = await main(process.argv.slice(2));
