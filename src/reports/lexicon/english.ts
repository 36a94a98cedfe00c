/**
 * English: everything the rules know of the language, and nothing else. Our own lists, from how radiologists write.
 *
 *     labelReport("No PE.", compileLexicon(english)).label;   // "absent"
 *
 * How phrases are written is told in phrases.ts, what each part means in lexicon.ts.
 */

import { presenceAndPast } from "./english/assertion-and-temporality.ts";
import { attributes } from "./english/attributes.ts";
import { layout } from "./english/layout.ts";
import { mentions } from "./english/mentions.ts";
import { denialAndDoubt } from "./english/negation-and-uncertainty.ts";
import { recognition } from "./english/recognition.ts";
import { type Lexicon, list } from "./lexicon.ts";

export const english: Lexicon = {
  language: "en",
  ...recognition,
  ...layout,
  ...mentions,
  modifiers: [...denialAndDoubt, ...presenceAndPast],
  answers: list(`no / none / yes / negative / positive / not / nil`),
  terminators: list(`
    but / : / , as / however / although|though / nevertheless|nonetheless / yet / except / other than / aside|apart from
    with the exception / ; / which / while|whereas / now with / found to have / secondary to / despite / besides
    because / therefore / in addition / distal to / who|whom / , with / and there is|are / , there is|are / , now
    , and no / , no / , without / is|are|was|were seen|identified|present|noted|demonstrated|visualized ,
    otherwise / also|additionally / instead / likely from / then
    in the setting / as well as / , suggesting / , consistent|compatible / incidentally|incidental / and a|an
  `),
  joiners: list(`and / or / , / nor / versus`),
  or: "or",
  alternatives: list(`or / nor / and`),
  dividers: list(`with / to`),
  prepositions: list(`
    in / within / of / involving / along / at / from / extending / into / involve / throughout / affecting
    occluding / expanding / lining / surrounding / occupying / inside
  `),
  verbs: list(`
    is / are / was / were / has / have / had / shows / demonstrates / seen / noted / present / identified / remains
  `),
  complaints: list(`
    year old / yr|yrs|yof|yom / shortness of breath
    dyspnea|dyspnoea|tachycardia|tachycardic|hypoxia|hypoxic|syncope|hemoptysis|haemoptysis / chest|pleuritic pain
    dimer / presents|presenting|presented / leg swelling|pain
  `),

  ...attributes,
};
