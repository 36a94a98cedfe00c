/**
 * German: the second language, by the same table. Our own lists, from how radiologists write.
 *
 *     labelReport("Kein Nachweis einer LAE.", compileLexicon(german)).label;   // "absent"
 *
 * How phrases are written is told in phrases.ts, what each part means in lexicon.ts.
 */
import { germanAttributes } from "./german/attributes.ts";
import { germanLayout } from "./german/layout.ts";
import { germanMentions } from "./german/mentions.ts";
import { germanModifiers } from "./german/modifiers.ts";
import { type Lexicon, list } from "./lexicon.ts";

/** The table of German; compile it with {@link compileLexicon}. */
export const german: Lexicon = {
  language: "de",
  script: "Latin",
  letters: "äöüß",
  ownWords: list(`
    der / die / das / dem / den / des / und / oder / mit / von / vom / im / in / am / an / auf / aus / bei / bis / zu / zum / zur
    als / auch / nach / vor / seit / für / durch / über / unter / ist / sind / war / wurde / wird / werden / sich / es / er / sie / ein / eine
    eines / einer / einem / einen / sowie / jedoch / aber / noch / nur / sehr / gut / regelrecht / unauffällig / lunge / lungen / herz / leber
    milz / niere / nieren / pleura / erguss / ergüsse / infiltrat / infiltrate / thorax / aorta / rundherd / lymphknoten / wirbelsäule / bds
  `),
  ownEndings: list(
    `ung / ungen / heit / keit / lich / ig / isch / ische / ischen / ischer / en / er / es / em / end / ende / iert / ierte / ierten / bar / los / ie / ien / ose / itis / tät / te / ten`,
  ),
  sharedWords: list(`
    ct / ctpa / cta / pe / rv / lv / normal / bilateral / negativ / positiv / akut / in / an / am / thorax / aorta / kontrast / system
    segment / lobar / zentral / befund / embolie / thrombus / minimal / diffus / global / basal / dorsal / ventral / apikal / lateral
  `),
  titles: list(`dr / prof / herr / frau / oa / pd`),
  foreignWords: list(`
    the / of / and / with / is / are / was / no / not / pulmonary / embolism / embolus / evidence / left / right / both / without / findings / impression / lobe / artery
    pas / de / du / la|le|les / une / avec / embolie pulmonaire / droite / gauche / sans / sin / con / del / se observa / arteria / arterias / geen / van / het / longembolie / een / voor
    senza / della / delle / destra / sinistra / arteria / si osservano / sem / sinais / brak / nie / zatorowosc / ve / yok
  `),
  ...germanLayout,
  ...germanMentions,
  modifiers: germanModifiers,
  answers: list(`nein / ja / keine / keiner / kein / negativ / positiv / nicht`),
  terminators: list(`
    aber / : / , jedoch|aber|dagegen|hingegen / jedoch / ; / während|wohingegen / dagegen|hingegen / welche|welcher|welches / abgesehen von / außer / , wobei
    dabei / zusätzlich / außerdem / weiterhin besteht|bestehen / sondern / , im übrigen / ansonsten / sonst
  `),
  joiners: list(`und / oder / , / bzw / sowie / noch / –`),
  or: "oder",
  and: "und",
  alternatives: list(`oder / und / noch / bzw / sowie`),
  predicateNegations: list(`nicht`),
  articles: list(`ein / eine / einen / einer / eines / der / die / das / den / dem`),
  openers: list(`
    ein / eine / einen / einer / der / die / das / mehrere / multiple / zahlreiche / einzelne / zwei / drei / große / großer / kleine / kleiner / neue / neuer
    bekannte / akute / akuter / chronische / frische / frischer / ausgedehnte / ausgedehnter / massive / beidseitige / nebenbefundlich / zustand / dafür
  `),
  dividers: list(`mit / bis`),
  prepositions: list(`in / im / innerhalb / der / des / am / an / von / aus / ausgehend / reichend / links / rechts`),
  within: list(`in / im / innerhalb`),
  verbs: list(
    `ist / sind / war / waren / zeigt / zeigen / findet / finden / besteht / bestehen / liegt / liegen / stellt / stellen / lässt / weist`,
  ),
  complaints: list(
    `jährig|jähriger|jährige / dyspnoe|luftnot|thoraxschmerz*|synkope|hämoptys* / dimer* / brustschmerz*`,
  ),
  nowadays: list(`jetzt / aktuell / heute / nunmehr / zwischenzeitlich`),
  stumps: list(`stumpf|stumpfes / absetzungsrand / arterienstumpf|arterienstumpfes|pulmonalarterienstumpf`),
  angiography: list(
    `ct|angio*|kontrast*|kontrastmittel* / lungenembol*|embol*|lae / thromb*|füllungsdefekt*|aussparung* / pulmonal*`,
  ),
  radiograph: list(`röntgen*|rö / pa|ap aufnahme / liegendaufnahme|bettaufnahme|thoraxaufnahme`),
  vesselsOfRadiograph: list(`gefäßzeichnung / lungengefäße / gefäße / lungengefäßzeichnung`),
  ...germanAttributes,
};
