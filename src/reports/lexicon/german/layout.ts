/**
 * German words of the layout: abbreviations, key words worth correcting, headings, forms, dictation.
 *
 *     { kind: "impression", headings: list(`beurteilung`) }
 */
import { type Lexicon, list, pairs } from "../lexicon.ts";

export const germanLayout: Pick<
  Lexicon,
  | "abbreviations"
  | "spelling"
  | "notMisspelt"
  | "stopsInside"
  | "sections"
  | "spokenHeadings"
  | "titleBeginnings"
  | "physicalExamination"
  | "dictation"
  | "forms"
  | "questionOrAnswer"
  | "breaksOff"
> = {
  abbreviations: pairs(`
    bds = beidseits / bds. = beidseits / bdsts = beidseits / li = links / re = rechts / v.a = verdacht auf / va = verdacht auf / z.n = zustand nach / zn = zustand nach
    a.e = am ehesten / ggf = gegebenenfalls / n.n = nicht nachweisbar / ol = oberlappen / ul = unterlappen / ml = mittellappen / km = kontrastmittel / o.b = unauffällig
    ullappen = unterlappen / neg = negativ / pos = positiv / z.a = ausschluss / fr = frisch / lungenembolien = lungenembolie / laes = lae / pa = pulmonalarterie / lungenarterienembolien = lungenembolie
    lungenarterienembolie = lungenembolie / pulmonalarterienembolie = lungenembolie / pulmonalembolie = lungenembolie / pulmonalembolien = lungenembolie
    fuellungsdefekt = füllungsdefekt / fuellungsdefekte = füllungsdefekte / kontrastmittelaussparung = aussparung / kontrastmittelaussparungen = aussparungen / km-aussparung = aussparung
  `),
  spelling: list(
    `lungenembolie / pulmonalarterie / thrombus / füllungsdefekt / nachweis / beurteilung / unterlappen / oberlappen`,
  ),
  notMisspelt: list(`thromben / nachweise / pulmonalarterien`),
  stopsInside: list(
    `dr / prof / bds / li / re / ca / z.n / v.a / a.e / z.b / d.h / bzw / ggf / st / nr / o.g / s.o / evtl / max / min / inkl / vgl / resp / v / z / n / a / e`,
  ),
  sections: [
    { kind: "examination", headings: list(`untersuchung / untersuchungsart / modalität / leistung`) },
    {
      kind: "history",
      headings: list(`
        fragestellung / klinische fragestellung / klinische angaben / klinik / anamnese / indikation / rechtfertigende indikation / klinische information
        angaben / frage / vorgeschichte / klinischer hintergrund / zuweisungsdiagnose / einweisungsdiagnose / überweisungsgrund
      `),
    },
    {
      kind: "technique",
      headings: list(`technik / untersuchungstechnik / methode / protokoll / kontrastmittel / durchführung / methodik`),
    },
    {
      kind: "comparison",
      headings: list(`vergleich / voruntersuchung / voruntersuchungen / voraufnahmen / vergleichsuntersuchung`),
    },
    {
      kind: "findings",
      headings: list(`befund / befunde / beschreibung / ct-befund / lungengefäße / pulmonalarterien befund / bericht`),
    },
    {
      kind: "impression",
      headings: list(
        `beurteilung / zusammenfassung / zusammenfassende beurteilung / fazit / schlussfolgerung / ergebnis / diagnose / diagnosen / antwort`,
      ),
    },
    {
      kind: "addendum",
      headings: list(`nachtrag / ergänzung / addendum / korrektur / korrigierter befund / zusatzbefund / berichtigung`),
    },
    { kind: "original", headings: list(`ursprünglicher befund / erstbefund / originalbefund`) },
    {
      kind: "preliminary",
      headings: list(`vorläufiger befund / vorabbefund / dienstbefund / vorbefund des dienstarztes`),
    },
    { kind: "other", headings: list(`empfehlung / prozedere / procedere / hinweis / mitteilung`) },
  ],
  spokenHeadings: list(`beurteilung / befund`),
  titleBeginnings: list(`ct / angio-ct / computertomographie / computertomografie / ct-angiographie / mdct`),
  physicalExamination: { headings: [], followedBy: [] },
  dictation: {
    marks: pairs(`punkt = . / komma = , / doppelpunkt = : / neue zeile = \\n / neuer absatz = \\n\\n / absatz = \\n`),
    headings: list(`fragestellung / befund / beurteilung / indikation / technik / anamnese / klinik / zusammenfassung`),
    newSubjects: list(`kein / keine / lungen / herz / nebenbefundlich`),
  },
  forms: {
    affirmed: list(`ja / positiv / vorhanden / nachweisbar / nachgewiesen / j`),
    denied: list(
      `nein / keine / keiner / kein / negativ / nicht nachweisbar / nicht vorhanden / ausgeschlossen / n / unauffällig / nicht nachgewiesen`,
    ),
    notAssessed: list(
      `nicht beurteilbar / nicht beurteilt / entfällt / keine angabe / k.a. / nicht untersucht / unbekannt / nicht zutreffend`,
    ),
    describing: list(`seite / lokalisation / lage / ausdehnung / höhe / alter / etage / verteilung / befallene`),
    options: list(
      `ja / nein / keine / links / rechts / beidseits / akut / chronisch / zentral / lobär / segmental / subsegmental / unklar / vorhanden / nicht vorhanden / negativ / positiv`,
    ),
    instructions: list(`bitte auswählen / auswählen / zutreffendes ankreuzen / nichtzutreffendes streichen / auswahl`),
    questionLabels: list(`frage / fragestellung / klinische fragestellung`),
    answerLabels: list(`antwort`),
    present: "vorhanden",
    absent: "nicht vorhanden",
  },
  questionOrAnswer: list(`diagnose / diagnosen`),
  breaksOff: list(`
    und / oder / der / die / das / des / dem / den / ein / eine / einer / eines / einen / mit / ohne / von / vom / in / im / auf / für / bei / am / an / zur / zum / kein / keine
    keinen / keiner / keines / nach / verdacht / akute / akuten / bekannte / rechten / linken / nicht / sowie
  `),
};
