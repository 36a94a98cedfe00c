/**
 * By which words a report is known to be in English, and by which not to be.
 *
 *     isForeign("Kein Nachweis einer PE.", compileLexicon(english));   // true
 *
 * Written without accents, which language.ts takes off. Of other languages the words reports are made of: those that
 * deny, those that join, the disease and its place. Left out is what English reports hold too, as a word, an
 * abbreviation or a name ("pas": pulmonary arteries; "av", "bal", "ett", "los"; "de", "van", "ramos").
 */
import { type Lexicon, list } from "../lexicon.ts";

export const recognition: Pick<Lexicon, "script" | "ownWords" | "foreignWords"> = {
  script: "Latin",
  ownWords: list(`
    the / of / and / with / without / is / are / was / were / has / have / been / be / not / for / from / to / by / at
    as / this / that / these / there / which / within / into / but / or / than / other / no / none / on / in / seen / noted
    identified / evidence / unchanged / right / left / lower / upper / middle / both / small / large / mild / new / prior
    clear / pulmonary / embolism / embolus / artery / arteries / lung / lungs / lobe / heart / chest / filling / defect
    defects / clot / strain / findings / impression / history / negative / positive / likely / possible / acute / study
  `),
  foreignWords: [
    // German
    ...list(`
      kein|keine|keinen|keiner|keinem|keinerlei / nachweis* / hinweis* / anhalt / ohne / nicht / und / mit
      eine|einer|einem|einen / fur|fuer / bei / auf / auch / nach / zum / zur / durch / wird / ist / sind / sowie
      lungenembol* / lungenarterie* / embolien / pulmonalarterie* / pulmonalembol* / beidseit* / rechts / links
      rechten / linken / unauffallig|unauffaellig / beurteilung / befund|befunde / fullungsdefekt*|fuellungsdefekt*
      rechtsherzbelastung / ausgeschlossen / abgrenzbar / verdacht / zeichen
    `),
    // Dutch
    ...list(`
      geen / niet / aanwijzing* / voor / het / een / zijn / wordt|worden / naar / maar / ook / bij / uit / longembol*
      longarterie* / longslagader* / longen / rechter / linker / beiderzijds / zichtbaar / vullingsdefect*
      uitgesloten / conclusie / verslag / onderkwab / bovenkwab / tekenen / verdenking / negatief / positief
    `),
    // French
    ...list(`
      pas de|d / absence de|d / aucun|aucune / dans / avec / sont / une / cette / pour
      sans signe|signes|argument|embolie|anomalie / embolie* / pulmonaire* / arteres / droite / gauche
      bilateraux|bilaterales / signe|signes|faveur d|de / lobaire* / segmentaire* / mise en evidence / angioscanner
      thoracique / examen / retrouve|retrouvee / n est|objective / il n|y / exclu|exclue / negatif
    `),
    // Spanish, Portuguese
    ...list(`
      sin / no hay|se / se observa*|aprecia*|visualiza*|identifica*|evidencia* / evidencia|evidencias / signos
      embolia* / embolo|embolos / pulmonar|pulmonares / arterias|arteria / derecho|derecha|derechos|derechas
      izquierdo|izquierda / tromboembolia|tromboembolismo|tromboembolico / defectos / llenado / hallazgos / impresion
      estudio / torax / una / muestra / ambos|ambas / agudo|aguda / descarta / sospecha / negativo|negativa
      positivo|positiva / pulmones / nao / sem / sinais / direito|direita / esquerdo|esquerda / falhas / enchimento
      uma / achados / ausente|ausentes / pervios / conclusao / impressao / evidenciado|evidenciada
    `),
    // Italian, Romanian
    ...list(`
      non si|vi|ci|evidenza / nessun|nessuna / senza / nelle|nella|nei|negli / della|delle|degli / alle|alla / segni
      embolia* / polmonar* / arteria / apprezzano|apprezza / osservano|osserva / rilevano|rileva
      evidenziano|evidenzia / difetti / riempimento / destra|destro / sinistra|sinistro / bilaterali / conclusioni
      esame / evidenza / acuta / escluse|esclusa|escluso / assenza / fara / nu se|sunt|este / semne / pulmonara
      arterele / dreapta / stanga / evidentiaza / umplere
    `),
    // Swedish, Danish, Norwegian, Icelandic
    ...list(`
      ekki / merki / inga / inget / ingen / ingenting / intet / ikke / inte / tecken / tegn / hallpunkter / holdepunkter / och / utan
      uden / uten / som / eller / samt / hoger / vanster / hojre / venstre / hoyre / lungembol* / lungeembol*
      lungartar* / lungearteri* / lungekar* / fyllnadsdefekt* / fyldningsdefekt* / fyllingsdefekt* / pavis*
      bilaterala / sidiga|sidige
    `),
    // Finnish, Estonian, Hungarian, Latvian, Lithuanian
    ...list(`
      nav datu|pazimju / nerasta / pozymiu / ei / eika / keuhkoembol* / keuhkovaltimo* / merkkeja / todeta / todettavissa / oikealla / vasemmalla
      kopsuarter* / leidu / nem / nincs / tudoembol* / jele / lathato / igazolhato / telodesi / mindket / oldali
    `),
    // Polish, Czech, Slovak, Croatian, Serbian, Slovenian
    ...list(`
      bez / brak / nie ma|stwierdzono|stwierdza|uwidoczniono|su|je / cechy / zatorowosc* / plucn* / tetnic* / zatoru
      stwierdzono / obustronn* / prawej / lewej / oraz / jest / embolii / embolizaci* / znamek|znamky / prukaz*
      vpravo / vlevo / nejsou / neni / neprokazan* / nema / znakov|znakova / nisu / nije / embolij* / pljucn* / arterijama / desno / lijevo
    `),
    // Turkish, Indonesian, Vietnamese
    ...list(`
      yok|yoktur / saptanma* / izlenme* / izlendi / embolisi / tromboembolisi / arterlerde / akciger / bulgusu
      lehine / dolum / mevcut|mevcuttur / tidak / tampak / khong thay / huyet khoi / thuyen tac
    `),
  ],
};
