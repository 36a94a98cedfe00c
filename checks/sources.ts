/**
 * What the checks read: the repository's files, and the declarations a module exports.
 *
 *     for (const path of sourceFiles()) for (const declaration of declarationsOf(path)) console.log(declaration.name);
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, normalize, relative, resolve } from "node:path";

export const root = resolve(import.meta.dirname, "..");

/** Something that a check complains of, and where. */
export interface Complaint {
  readonly path: string;
  readonly line: number;
  readonly message: string;
}

const texts = new Map<string, string>();

/** @param path from the repository's root */
export function textOf(path: string): string {
  const known = texts.get(path);
  if (known !== undefined) return known;
  const text = readFileSync(resolve(root, path), "utf8");
  texts.set(path, text);
  return text;
}

/** Every file that git tracks or would track, from the repository's root. */
export const allFiles: readonly string[] = execFileSync(
  "git",
  ["ls-files", "-z", "--cached", "--others", "--exclude-standard"],
  { cwd: root, encoding: "utf8" },
)
  .split("\0")
  .filter((path) => path !== "" && existsSync(resolve(root, path)));

/** The program's TypeScript without its tests and without AssemblyScript. */
export const sourceFiles = (): string[] =>
  allFiles.filter((path) => /^src\/.*\.ts$/.test(path) && !/\.test\.ts$|\.d\.ts$|\/assembly\//.test(path));

/** A room's doors: what other rooms, and users of the package, may import. */
export const doors = (): string[] => sourceFiles().filter((path) => /^src\/[^/]+\/([^/]+\/)?index\.ts$/.test(path));

/** What a file declares and exports at its top level. */
export interface Declaration {
  readonly name: string;
  readonly path: string;
  readonly line: number;
  readonly documented: boolean;
  readonly isFunction: boolean;
}

const declarationPattern = /^export (?:async )?(function\*?|(?:abstract )?class|const|let|interface|type|enum) (\w+)/;

export function declarationsOf(path: string): Declaration[] {
  const lines = textOf(path).split("\n");
  return lines.flatMap((line, at) => {
    const [, kind, name] = declarationPattern.exec(line) ?? [];
    if (name === undefined) return [];
    let above = at - 1;
    while (above >= 0 && lines[above]!.startsWith("//")) above--;
    const documented = lines[above]?.trimEnd().endsWith("*/") ?? false;
    return [{ name, path, line: at + 1, documented, isFunction: kind!.startsWith("function") }];
  });
}

const exportsKnown = new Map<string, ReadonlyMap<string, Declaration>>();

/** All names a module exports, its own and those it passes on, with their declarations. */
export function exportsOf(path: string): ReadonlyMap<string, Declaration> {
  const known = exportsKnown.get(path);
  if (known) return known;
  const found = new Map(declarationsOf(path).map((declaration) => [declaration.name, declaration]));
  const text = textOf(path);
  const target = (address: string) => relative(root, normalize(resolve(root, dirname(path), address)));
  for (const [, address] of text.matchAll(/^export \* from "(\.[^"]+)"/gm)) {
    if (existsSync(resolve(root, target(address!))))
      for (const [name, one] of exportsOf(target(address!))) found.set(name, one);
  }
  for (const [, names, address] of text.matchAll(/^export (?:type )?\{([^}]*)\} from "(\.[^"]+)"/gm)) {
    const theirs = exportsOf(target(address!));
    for (const part of names!.split(",")) {
      const [original, alias] = part
        .trim()
        .replace(/^type /, "")
        .split(" as ");
      const declaration = original && theirs.get(original);
      if (declaration) found.set(alias ?? original!, declaration);
    }
  }
  exportsKnown.set(path, found);
  return found;
}
