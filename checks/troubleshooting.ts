/**
 * docs/troubleshooting.md from the codes of errors.ts and the hints that go with them in the code.
 *
 *     npm run docs:errors
 */
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { errorCodes } from "../src/errors.ts";
import { root, sourceFiles, textOf } from "./sources.ts";

/** What the code advises where it throws or warns with a code; texts with inserted values are left out. */
function hintsOf(code: string): string[] {
  const hints = new Set<string>();
  for (const path of sourceFiles()) {
    for (const match of textOf(path).matchAll(new RegExp(`Error\\(\\s*"${code}"`, "g"))) {
      const call = textOf(path)
        .slice(match.index)
        .split(/\n\s*\}?\);/)[0]!;
      const hint = /hint: "([^"]+)"/.exec(call.slice(0, 700))?.[1];
      if (hint) hints.add(hint);
    }
  }
  return [...hints].sort();
}

const cellText = (text: string): string => text.replaceAll("|", "\\|").replaceAll("<", "&lt;");
const rows = Object.entries(errorCodes).map(
  ([code, meaning]) => `| \`${code}\` | ${cellText(meaning)} | ${cellText(hintsOf(code).join("; "))} |`,
);
const page = `# Troubleshooting by error code

Every error ends with a code in brackets, \`--json\` and the server give it as \`code\`, and a warning carries one too. Exit codes: 1 the program
or its surroundings failed, 2 the call is wrong, 3 the input was refused. Made by \`npm run docs:errors\` from \`src/errors.ts\`.

| code | what it means | what to do |
| --- | --- | --- |
${rows.join("\n")}
`;
writeFileSync(resolve(root, "docs/troubleshooting.md"), page);
