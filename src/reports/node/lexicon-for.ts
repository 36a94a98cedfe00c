/**
 * The lexicon of a language, with a user's own words where a file of them is named.
 *
 *     labelReport(text, await lexiconFor("de", "own-words.json"));
 */
import { readFile } from "node:fs/promises";
import { FailedError } from "../../errors.ts";
import { decodeReportText } from "../encoding.ts";
import { type CompiledLexicon, compileLexicon } from "../lexicon/compile.ts";
import { english } from "../lexicon/english.ts";
import { german } from "../lexicon/german.ts";
import { parseOwnWords, withOwnWords } from "../lexicon/own-words.ts";

/** @throws FailedError "file-missing", "file-unreadable"; RefusedError "file-corrupt" */
export async function lexiconFor(language: string, file?: string): Promise<CompiledLexicon> {
  const lexicon = language === "de" ? german : english;
  if (file === undefined) return compileLexicon(lexicon);
  const content = await readFile(file).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT") throw new FailedError("file-missing", `there is no ${file}`, { cause });
    throw new FailedError("file-unreadable", `${file} cannot be read: ${cause.message}`, { cause });
  });
  return withOwnWords(lexicon, parseOwnWords(file, decodeReportText(content)), file);
}
