/** `embolens users`: who may use a reading room, with which role. */
import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { type Command, Option } from "commander";
import { UsageError } from "../errors.ts";
import { Accounts, roles } from "../service/index.ts";
import { example, jsonOption, print, say } from "./terminal.ts";

interface AccountOptions {
  readonly data: string;
  readonly role: (typeof roles)[number];
  readonly json?: boolean;
}

const dataOption = (command: Command): Command =>
  jsonOption(command).option("--data <folder>", "the reading room's folder", "reading-room");
const roleOption = (command: Command, preset: string): Command =>
  command.addOption(new Option("--role <name>", "what they may do").choices(roles).default(preset));

export function define(command: Command): void {
  roleOption(dataOption(command.command("add <name>")), "reader")
    .description("add a user, or give one another role and password; asks for the password on stdin")
    .action(async (name: string, options: AccountOptions) => {
      await new Accounts(options.data).addUser(name, options.role, await readPassword(name));
      print(options, { name, role: options.role }, () => `${name} may sign in as ${options.role}`);
    });
  dataOption(command.command("remove <name>"))
    .description("end a user's access, at once")
    .action(async (name: string, options: AccountOptions) => {
      await new Accounts(options.data).removeUser(name);
      print(options, { removed: name }, () => `${name} can’t sign in any more`);
    });
  dataOption(command.command("list"))
    .description("who may sign in")
    .action((options: AccountOptions) => {
      const { users } = new Accounts(options.data);
      print(options, { users }, () => users.map(({ name, role }) => `${name}  ${role}`).join("\n") || "nobody");
    });
  example(command, 'embolens users add "Dr One" --role reader --data reading-room');
}

export function defineTokens(command: Command): void {
  roleOption(dataOption(command.command("add <name>")), "machine")
    .description("make a token for a machine; it is printed once")
    .action(async (name: string, options: AccountOptions) => {
      const token = await new Accounts(options.data).addToken(name, options.role);
      print(options, { name, role: options.role, token }, () => token);
    });
  dataOption(command.command("revoke <name>"))
    .description("make a token worthless, at once")
    .action(async (name: string, options: AccountOptions) => {
      await new Accounts(options.data).revokeToken(name);
      print(options, { revoked: name }, () => `the token ${name} is revoked`);
    });
  dataOption(command.command("list"))
    .description("which tokens there are")
    .action((options: AccountOptions) => {
      const { tokens } = new Accounts(options.data);
      const rows = tokens.map(({ name, role, made }) => `${name}  ${role}  made ${made}`);
      print(options, { tokens }, () => rows.join("\n") || "none");
    });
  example(command, "embolens tokens add ward-pacs --role machine --data reading-room");
}

/** One line of stdin, which a terminal does not show. */
async function readPassword(name: string): Promise<string> {
  if (process.stdin.isTTY) say(`Password of ${name} (it is not shown):`);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: silent, terminal: process.stdin.isTTY });
  try {
    for await (const line of lines) return line;
    throw new UsageError("option-invalid", "no password was given", { hint: "type it, or send it on stdin" });
  } finally {
    lines.close();
  }
}
