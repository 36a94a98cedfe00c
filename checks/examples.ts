/**
 * The examples of docstrings as modules that the compiler checks.
 *
 *     complaints.push(...brokenExamples());   // the modules are in .examples/
 *
 * An example is an indented block of a docstring with at least one line that ends a statement. Names that the program
 * exports are imported, from the example's own file first, then its room, then any room; what else an example takes
 * for granted (`volume`, `scores`) may be anything. A function that it calls has to exist.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { type Complaint, doors, exportsOf, root, sourceFiles, textOf } from "./sources.ts";

const folder = ".examples";

interface Example {
  readonly path: string;
  readonly line: number;
  readonly code: string;
}

const words = new Set(
  `await async break case catch class const continue default delete do else false finally for from function if import in instanceof
  let new null of return static super switch this throw true try typeof undefined var void while yield as satisfies readonly type interface string number boolean any unknown`.split(
    /\s+/,
  ),
);
const isGlobal = (name: string): boolean =>
  name in globalThis || name === "Iterable" || name === "NodeJS" || name === "Record";

/** A line that ends a statement, its comment aside. */
const endsStatement = (line: string): boolean => /[;{}]\s*(\/\/.*)?$/.test(line);

function examplesOf(path: string): Example[] {
  const found: Example[] = [];
  const lines = textOf(path).split("\n");
  for (let at = 0; at < lines.length; at++) {
    if (!/^\s*\* {5,}\S/.test(lines[at]!)) continue;
    const line = at + 1;
    const paragraphs: string[][] = [[]];
    while (at < lines.length && /^\s*\*( {5,}\S.*)?$/.test(lines[at]!)) {
      const text = lines[at++]!.replace(/^\s*\* {0,5}/, "");
      if (text === "") paragraphs.push([]);
      else paragraphs.at(-1)!.push(text);
    }
    const code = paragraphs
      .filter((paragraph) => paragraph.some(endsStatement))
      .map((paragraph) => paragraph.join("\n"));
    if (code.length > 0) found.push({ path, line, code: written(code.join("\n\n")) });
  }
  return found;
}

/** An example as the compiler takes it: an object becomes an expression, what is left out (… or ...) anything. */
function written(code: string): string {
  const whole = /^\{/.test(code) && !/;\s*$/.test(code) ? `(${code});` : code;
  const open: string[] = [];
  let out = "";
  for (let at = 0; at < whole.length; at++) {
    const character = whole[at]!;
    if (whole.startsWith("//", at)) {
      const end = whole.indexOf("\n", at);
      at = end < 0 ? whole.length : end - 1;
      continue;
    }
    const dots = character === "…" ? 1 : whole.startsWith("...", at) && !/[\w$[{(]/.test(whole[at + 3] ?? "") ? 3 : 0;
    if (dots > 0) {
      out +=
        open.at(-1) === "{" || open.at(-1) === "[" ? "...leftOut" : open.at(-1) === "(" ? "leftOut" : "{ leftOut; }";
      at += dots - 1;
      continue;
    }
    if ("{[(".includes(character)) open.push(character);
    if ("}])".includes(character)) open.pop();
    out += character;
  }
  return out;
}

/** Compiles every example. @returns calls of functions that are not there, and what the compiler says */
export function brokenExamples(): Complaint[] {
  const complaints = writeExamples();
  const compiler = spawnSync(process.execPath, [resolve(root, "node_modules/typescript/bin/tsc"), "-p", folder], {
    cwd: root,
    encoding: "utf8",
  });
  for (const match of compiler.stdout.matchAll(/^(\S+)\((\d+),\d+\): error TS(\d+): (.*)$/gm)) {
    const [, module, at, code, message] = match as unknown as readonly [string, string, string, string, string];
    // Parameters of arrows that are handed to something an example takes for granted have no type.
    if (module.startsWith(folder) && (code === "7031" || code === "7006")) continue;
    const origin = /^\/\/ The example of (.*):(\d+)$/m.exec(readFileSync(resolve(root, module), "utf8"));
    if (origin) complaints.push({ path: origin[1]!, line: Number(origin[2]), message: `its example: ${message}` });
    else complaints.push({ path: module, line: Number(at), message });
  }
  if (compiler.error) throw compiler.error;
  return complaints;
}

function writeExamples(): Complaint[] {
  const complaints: Complaint[] = [];
  const files = sourceFiles();
  const everyDoor = doors();
  rmSync(resolve(root, folder), { recursive: true, force: true });
  for (const path of files) {
    const room = path.split("/").slice(0, 2).join("/");
    const near = [path, ...everyDoor.filter((door) => door.startsWith(`${room}/`))];
    const examples = examplesOf(path);
    examples.forEach((example, index) => {
      const target = join(folder, path.replace(/\.ts$/, index === 0 ? ".ts" : `.${index + 1}.ts`));
      mkdirSync(resolve(root, dirname(target)), { recursive: true });
      writeFileSync(resolve(root, target), moduleOf(example, target, { near, everyDoor, files }, complaints));
    });
  }
  const compilerOptions = {
    noUnusedLocals: false,
    noUnusedParameters: false,
    noUncheckedIndexedAccess: false,
    verbatimModuleSyntax: false,
    paths: { embolens: ["../src/index.ts"], "embolens/*": ["../src/*/index.ts"] },
  };
  // Bundlers give a file's address.
  writeFileSync(
    resolve(root, folder, "src/bundler.d.ts"),
    'declare module "*?url" { const address: string; export default address; }\n',
  );
  writeFileSync(
    resolve(root, folder, "tsconfig.json"),
    JSON.stringify({ extends: "../tsconfig.json", compilerOptions, include: ["src", "../src/**/*.d.ts"], exclude: [] }),
  );
  return complaints;
}

/** Where names are looked for: beside the example, at every door, in every file. */
interface Modules {
  readonly near: readonly string[];
  readonly everyDoor: readonly string[];
  readonly files: readonly string[];
}

function moduleOf(
  { path, line, code }: Example,
  target: string,
  { near, everyDoor, files }: Modules,
  complaints: Complaint[],
): string {
  const plain = code
    .replace(/"(?:[^"\\\n]|\\.)*"/g, '""')
    .replace(/\/\/.*$/gm, "")
    .replace(/\/\*.*?\*\//g, "");
  const names = new Set([...plain.matchAll(/(?<![\w$]|(?<!\.\.)\.)[A-Za-z_$][\w$]*/g)].map(([name]) => name));
  const { constants, parameters } = boundNames(plain);
  for (const [, list] of plain.matchAll(/^import ([^"]+) from/gm)) {
    for (const [name] of list!.matchAll(/\w+/g)) constants.add(name);
  }
  const imports: string[] = [];
  const loose: string[] = [];
  for (const name of names) {
    if (words.has(name) || constants.has(name)) continue;
    const isCalled = new RegExp(`(?<![\\w$]|(?<!\\.\\.)\\.)${name.replaceAll("$", "\\$")}(<[^()]*>)?\\(`).test(plain);
    const isWanted = (door: string): boolean => {
      const declaration = exportsOf(door).get(name);
      return declaration !== undefined && (isCalled || !declaration.isFunction);
    };
    const source =
      [path].find((own) => exportsOf(own).has(name)) ??
      importedBy(path).get(name) ??
      near.find(isWanted) ??
      (isCalled || /^[A-Z]/.test(name)
        ? (everyDoor.find(isWanted) ?? fromNode[name] ?? files.find(isWanted))
        : undefined);
    if (source) imports.push(`import { ${name} } from "${reaching(target, source)}";`);
    else if (!isGlobal(name)) {
      const isLocal = new RegExp(`^(?:async )?(?:function\\*?|const|class) ${name}\\b`, "m").test(textOf(path));
      if (isCalled && !isLocal && !parameters.has(name) && !takenForGranted.has(name)) {
        complaints.push({ path, line, message: `an example calls ${name}, which nothing exports` });
      } else loose.push(`declare const ${name}: any;${name === "object" ? "" : ` type ${name} = any;`}`);
    }
  }
  const lines = code.split("\n");
  const own = lines.filter((one) => one.startsWith("import "));
  const body = lines.filter((one) => !one.startsWith("import ")).join("\n");
  const header = `// The example of ${path}:${line}\n`;
  return `${header}${[...imports, ...own, ...loose].join("\n")}\nexport async function example() {\n${body}\n}\n`;
}

const fromNode: Readonly<Record<string, string>> = {
  writeFile: "node:fs/promises",
  readFile: "node:fs/promises",
  join: "node:path",
};

/** What a caller brings along in examples about calling back. */
const takenForGranted = new Set(["cheap", "expensive", "loadBatch", "startThread", "storageOf", "work"]);

const reaching = (from: string, address: string): string =>
  address.startsWith("src/") ? relative(dirname(from), address) : address;

const importsKnown = new Map<string, ReadonlyMap<string, string>>();

/** The modules that a file takes its names from. */
function importedBy(path: string): ReadonlyMap<string, string> {
  const known = importsKnown.get(path);
  if (known) return known;
  const found = new Map<string, string>();
  for (const [, names, address] of textOf(path).matchAll(/^import (?:type )?\{([^}]*)\} from "([^"]+)"/gm)) {
    const source = address!.startsWith(".") ? join(dirname(path), address!) : address!;
    for (const part of names!.split(",")) {
      const name = part.trim().replace(/^type /, "");
      if (/^\w+$/.test(name)) found.set(name, source);
    }
  }
  importsKnown.set(path, found);
  return found;
}

/** Names that the example declares itself, by const, let or function, and those of its arrows' parameters. */
function boundNames(plain: string): { readonly constants: Set<string>; readonly parameters: Set<string> } {
  const constants = new Set<string>();
  const parameters = new Set<string>();
  const take = (text: string, into: Set<string>) => {
    const pattern = /(?:^|[\s{[(,:]|\.\.\.)([A-Za-z_$][\w$]*)(?=\s*(?:[,}\])=:]|$))/g;
    for (const [, name] of text.matchAll(pattern)) if (!/^[A-Z]/.test(name!)) into.add(name!);
  };
  for (const [, bound] of plain.matchAll(/\b(?:const|let|var)\s+([^=;]+?)\s*(?:=|of\b|;)/g)) take(bound!, constants);
  for (const [, list] of plain.matchAll(/\(([^()]*)\)\s*=>/g)) take(list!, parameters);
  for (const [, name] of plain.matchAll(/([A-Za-z_$][\w$]*)\s*=>/g)) parameters.add(name!);
  for (const [, name] of plain.matchAll(/\b(?:function|class)\s+([A-Za-z_$][\w$]*)/g)) constants.add(name!);
  return { constants, parameters };
}
