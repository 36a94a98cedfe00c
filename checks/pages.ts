/**
 * Links in pages and citations in code: each leads to a file and a heading that are there, and what is cited of the
 * paper is one of its sections and equations.
 *
 *     complaints.push(...brokenLinks(), ...danglingCitations());
 */
import { existsSync } from "node:fs";
import { dirname, join, normalize, resolve } from "node:path";
import { allFiles, type Complaint, root, textOf } from "./sources.ts";

/** Sections of Shi et al. 2020 that hold what we cite: method, preparation, results. */
const paperSections = new Set(["2.1", "2.2", "3.1", "3.2", "3.3"]);
const paperEquations = new Set(["1", "2", "3"]);

/** A page inside the MONAI bundles that we write, not one of ours. */
const bundleCard = "docs/README.md";

const headingsKnown = new Map<string, ReadonlySet<string>>();

/** The anchors of a page, as GitHub makes them from its headings. */
export function anchorsOf(page: string): ReadonlySet<string> {
  const known = headingsKnown.get(page);
  if (known) return known;
  const anchors = new Set<string>();
  for (const [, heading] of withoutCode(textOf(page)).matchAll(/^#{1,6} +(.+?) *#*$/gm)) {
    const slug = heading!
      .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(" ", "-");
    let anchor = slug;
    for (let again = 1; anchors.has(anchor); again++) anchor = `${slug}-${again}`;
    anchors.add(anchor);
  }
  for (const [, id] of textOf(page).matchAll(/<a (?:id|name)="([^"]+)"/g)) anchors.add(id!);
  headingsKnown.set(page, anchors);
  return anchors;
}

/** Fenced code made empty line by line, so that line numbers stay. */
const withoutCode = (text: string): string =>
  text.replace(/^```[\s\S]*?^```/gm, (block) => block.replace(/[^\n]/g, ""));

export function brokenLinks(): Complaint[] {
  const complaints: Complaint[] = [];
  for (const page of allFiles.filter((path) => path.endsWith(".md"))) {
    const text = withoutCode(textOf(page)).replace(/`[^`\n]*`/g, (code) => " ".repeat(code.length));
    for (const match of text.matchAll(/\]\(([^()\s]*(?:\([^()\s]*\)[^()\s]*)*)(?: "[^"]*")?\)/g)) {
      const address = match[1]!;
      if (/^[a-z]+:/i.test(address)) continue;
      const [file, anchor] = address.split("#") as [string, string?];
      const target = file === "" ? page : normalize(join(dirname(page), decodeURI(file)));
      const line = text.slice(0, match.index).split("\n").length;
      if (!existsSync(resolve(root, target))) complaints.push({ path: page, line, message: `broken link: ${address}` });
      else if (anchor && target.endsWith(".md") && !anchorsOf(target).has(anchor)) {
        complaints.push({ path: page, line, message: `no such heading: ${address}` });
      }
    }
  }
  return complaints;
}

export function danglingCitations(): Complaint[] {
  const complaints: Complaint[] = [];
  for (const path of allFiles.filter(
    (one) => /\.(ts|tsx|mjs|cjs|py|css|md)$/.test(one) && !one.startsWith("checks/"),
  )) {
    textOf(path)
      .split("\n")
      .forEach((line, at) => {
        const complain = (message: string) => complaints.push({ path, line: at + 1, message });
        if (/\bSPEC\b/.test(line)) complain("cites a SPEC that is not in the repository; cite docs/method.md");
        if (path.endsWith(".md")) return;
        for (const [, page, anchor] of line.matchAll(
          /(?<![\w/.])((?:docs|src|bench|models|test)\/[\w./-]+\.md)(?:#([\w-]+))?/g,
        )) {
          if (page === bundleCard) continue;
          if (!existsSync(resolve(root, page!))) complain(`cites ${page}, which is not there`);
          else if (anchor && !anchorsOf(page!).has(anchor)) complain(`cites ${page}#${anchor}: no such heading`);
        }
        for (const [, first, second] of line.matchAll(
          /[Ss]ections? (\d[\d.]*\d|\d)(?: and (\d[\d.]*\d|\d))? of the paper/g,
        )) {
          for (const section of [first, second]) {
            if (section && !paperSections.has(section)) complain(`the paper has no section ${section} that we use`);
          }
        }
        for (const [, first, last] of line.matchAll(/[Ee]quations? (\d)(?: (?:to|and) (\d))? of the paper/g)) {
          for (const equation of [first, last]) {
            if (equation && !paperEquations.has(equation)) complain(`the paper has no equation ${equation}`);
          }
        }
      });
  }
  return complaints;
}
