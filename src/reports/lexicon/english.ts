/**
 * English: everything the rules know of the language, and nothing else. Our own lists, from how radiologists write.
 *
 *     labelReport("No PE.", compileLexicon(english)).label;   // "absent"
 *
 * How phrases are written is told in phrases.ts, what each part means in lexicon.ts.
 */

import { assertionAndTemporality } from "./english/assertion-and-temporality.ts";
import { attributes } from "./english/attributes.ts";
import { layout } from "./english/layout.ts";
import { mentions } from "./english/mentions.ts";
import { negationAndUncertainty } from "./english/negation-and-uncertainty.ts";
import { recognition } from "./english/recognition.ts";
import { type Lexicon, list } from "./lexicon.ts";

export const english: Lexicon = {
  language: "en",
  ...recognition,
  ...layout,
  ...mentions,
  modifiers: [...negationAndUncertainty, ...assertionAndTemporality],
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
  and: "and",
  predicateNegations: list(`not`),
  articles: list(`a / an / any / the / this / that`),
  openers: list(`
    a / an / the / several / multiple / numerous / many / two / three / four / few / some / single / one / large / small / tiny / bulky
    massive / sizeable / sizable / extensive / huge / big / little / stable / new / fresh / known / persistent / residual
    incidental / unsuspected / unexpected / positive / chronic / acute / subacute / old / occlusive / nonocclusive / partially
    bilateral / left / right / calcified / enlarging / evident / obvious / definite / there / minor / subtle / short / long / thick
    non-occlusive / nonoccluding / occluding / recanalised / recanalized / eccentric / mural / both / minimal / diffuse / widespread / appearances
    sparse / solitary / isolated / scattered / countless / abundant / innumerable / coexisting / unchanged / further / additional
  `),
  nowadays: list(`now / today / currently / on this|today's|the current / at present / this time / meanwhile`),
  breaksOff: list(`
    and / or / nor / of / the / in / no / with / without / to / a / an / for / from / at / on / by / into / within / about / as / than / that / which
    please / exclude / evaluate / assess / rule / r/o / query / known / prior / previous / recent / suspected / possible / is / are / was
    were / has / have / had / not / be / this / these / any / both / right / left / pulmonary / deep / acute / chronic / segmental / lobar
    old / year / after / before / since / during / between / status / post / history / h/o / s/p / w/ / w/o / vs / versus / very / lower / upper / middle
  `),
  stumps: list(`stump|stumps / ligated|surgically|blind [divided|ending] {3} arter* / staple|suture line`),
  radiograph: list(`
    radiograph* / x ray|rays / xray|xrays|cxr|film|films / view|views / portable / pa|ap and lateral|view* / ap|frontal|lateral [chest]
    silhouette / costophrenic / cardiothoracic / hemidiaphragm* / diaphragm* / hila / vascularity|markings / endotracheal / feeding|nasogastric|enteric tube
    supine|erect|upright / cardiomediastinal
  `),
  vesselsOfRadiograph: list(`vasculature / vessels / vascularity / markings`),
  angiography: list(`
    ct|cta|ctpa|cect|mdct / angio* / bolus|contrast|iohexol|iodinated|omnipaque|isovue|iomeprol|iopamidol|iopromide / pe
    embol*|thrombo*|thrombus|thrombi|clot|clots / filling / tomograph* / opacif*
  `),
  alternatives: list(`or / nor / and`),
  dividers: list(`with / to`),
  prepositions: list(`
    in / within / of / involving / along / at / from / extending / into / involve / throughout / affecting
    filling / fills / fill / straddling / blocking / plugging / obstructing / across / through / clings / clinging / occupy / occupies / lodged / obstructs / occludes / affects / reaching
    occluding / expanding / lining / surrounding / occupying / inside
  `),
  within: list(`in / within / inside / of`),
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
