/**
 * The words of forms and of dictation as patterns.
 *
 *     compileForms(english.forms).affirmed.test("yes, on the left")   // true
 */
import type { Lexicon } from "./lexicon.ts";

export interface CompiledForms {
  /** At the beginning of a field's value. */
  readonly affirmed: RegExp;
  /** A field's whole value, when nobody looked. */
  readonly notAssessed: RegExp;
  /** A line, or what follows a dash, that is an answer. */
  readonly answerLine: RegExp;
  readonly describing: RegExp;
  /** A value that describes an embolus instead of answering yes. */
  readonly describedValue: RegExp;
  /** An option among several. */
  readonly choiceWord: RegExp;
  /** "yes / no" outside brackets. */
  readonly choice: RegExp;
  readonly optionalWord: RegExp;
  readonly instruction: RegExp;
  readonly stated: RegExp;
  /** Question and answer. */
  readonly answered: RegExp;
  readonly questionLabel: RegExp;
  readonly presentWord: string;
  readonly absentWord: string;
}

export interface CompiledDictation {
  /** "{period}", "(colon)": stateful, as it is global. */
  readonly bracketed: RegExp;
  readonly spoken: RegExp;
  readonly marks: ReadonlyMap<string, string>;
  readonly runOn: RegExp;
  readonly newSubject: RegExp;
}

const escaped = (word: string) => word.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
/** Longer ones first, so that "not present" is not read as "not". */
const any = (words: readonly string[]) =>
  [...words]
    .sort((a, b) => b.length - a.length)
    .map((word) => escaped(word).replace(/ /g, "\\s+"))
    .join("|");
const end = "(?![\\p{L}\\p{N}])";

export function compileForms(forms: Lexicon["forms"]): CompiledForms {
  const answers = any([...forms.affirmed, ...forms.denied]);
  const options = any(forms.options);
  return {
    affirmed: new RegExp(
      `^\\s*(?:${any(forms.affirmed.filter((word) => !/^\d/.test(word)))})${end}(?!\\s*[/|?])`,
      "iu",
    ),
    notAssessed: new RegExp(`^[\\s[{<("-]*(?:${any(forms.notAssessed)})${end}[^.;]{0,60}[.\\])}>"]*$`, "iu"),
    answerLine: new RegExp(`^\\s*[[{<("]?\\s*(?:${answers})${end}.{0,60}$`, "iu"),
    describing: new RegExp(`(?<![\\p{L}])(?:${any(forms.describing)})${end}`, "iu"),
    describedValue: new RegExp(
      `^(?:(?:${any(forms.options.filter((word) => /^(?:left|right|both|bilateral|acute|chronic|lobar|segmental|saddle|subsegmental|central|main|links|rechts|beidseits|akut|chronisch|zentral|lobär|segmental|subsegmental)$/.test(word)))}))${end}`,
      "iu",
    ),
    choiceWord: new RegExp(`^\\s*(?:${options})${end}`, "iu"),
    choice: new RegExp(
      `(?:^|[:\\s])(?:${options})\\s*/\\s*(?:${options})(?:\\s*/\\s*[\\p{L} ]{2,20})*\\s*(?:$|[.)\\]]|\\s(?:in\\s_|\\())|:\\s*(?:${options})\\s*/\\s*(?:${options})${end}[^.]{0,20}(?:_{2,}|\\()`,
      "iu",
    ),
    optionalWord: new RegExp(`^\\[\\s*(?:${options})\\s*\\]$`, "iu"),
    instruction: new RegExp(`[:(\\[{<]\\s*(?:${any(forms.instructions)})${end}`, "iu"),
    stated: new RegExp(
      `(?<![\\p{L}])${escaped(forms.present)}${end}|^[^:]{3,40}$|^[^:]{2,40}:\\s*(?:${any(forms.affirmed)})${end}`,
      "iu",
    ),
    answered: new RegExp(
      `(?<=^|[.?!;]\\s{0,3}|^)([^?.!;\\n]{2,120}?)\\s*\\?\\s*(?:(?:${any(forms.answerLabels)})\\s*:)?\\s*[-–—:]*\\s*(${answers})${end}[\\s,;:.–—-]*`,
      "giu",
    ),
    questionLabel: new RegExp(`^\\s*(?:${any(forms.questionLabels)})\\s*:\\s*`, "iu"),
    presentWord: forms.present,
    absentWord: forms.absent,
  };
}

export function compileDictation(dictation: Lexicon["dictation"]): CompiledDictation {
  const names = any(Object.keys(dictation.marks));
  const headings = any(dictation.headings);
  return {
    bracketed: new RegExp(`\\s*[({[]\\s*(${names})\\s*[)}\\]]`, "giu"),
    spoken: new RegExp(`\\s+(?:${names})${end}|^(?:${names})${end}`, "giu"),
    marks: new Map(Object.entries(dictation.marks).map(([name, mark]) => [name, mark.replace(/\\n/g, "\n")])),
    runOn: new RegExp(`(^|\\s)(${headings})${end}(?=\\s)`, "giu"),
    newSubject: new RegExp(`(?<![\\p{L}])(\\p{L}+)\\s+(${any(dictation.newSubjects)})${end}(?=\\s)`, "giu"),
  };
}
