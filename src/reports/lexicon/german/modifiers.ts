/**
 * German words that deny, doubt, affirm, ask or look back.
 *
 *     { means: "negated", reach: "forward", phrases: list(`kein|keine|keiner`) }
 */
import { list, type ModifierGroup } from "../lexicon.ts";

export const germanModifiers: readonly ModifierGroup[] = [
  {
    means: "status",
    reach: "both",
    phrases: list(`
      unverändert|unveränderte|unveränderter|unveränderten / kein|keine|keinerlei [wesentliche|signifikante|relevante] änderung|veränderung|zunahme|abnahme|größenänderung|befundänderung [der|des|von]
      größenregredient|größenprogredient|regredient|regrediente|progredient|progrediente|rückläufig|rückläufige / nicht [wesentlich|signifikant|deutlich] verändert|zugenommen|abgenommen|verkleinert|vergrößert|regredient|rückläufig
      weiterhin|nach wie vor / persistierend|persistierende|persistierender / residuell|residuelle|residueller|rest / noch nachweisbar|erkennbar|sichtbar / verkleinert|abgenommen|zugenommen / teilweise|partiell|partielle aufgelöst|rekanalisiert|auflösung|rückbildung
    `),
  },
  {
    means: "negated",
    reach: "forward",
    phrases: list(`
      kein|keine|keinen|keiner|keines|keinem|keinerlei / ohne / nicht / weder / frei von / ausschluss
      kein|keine|keinen|keinerlei|ohne [sicherer|sicheren|sichere|ct|bildmorphologischer|morphologischer|indirekter|direkter] nachweis|anhalt|hinweis|hinweise|zeichen|anzeichen [auf|für|einer|eines|von]
      ausschluss [einer|eines|von] / negativ für
    `),
  },
  {
    means: "not-excluded",
    reach: "both",
    phrases: list(`
      nicht [sicher|mit|eindeutig|vollständig] [sicherheit] auszuschließen|ausgeschlossen|ausschließbar / nicht auszuschließen / kann|können nicht [sicher|vollständig] ausgeschlossen / nicht sicher beurteilbar
      keine|keinen sichere|sicheren|sicherer aussage|ausschluss / ausschluss nicht möglich
    `),
  },
  {
    means: "not-assessed",
    reach: "backward",
    phrases: list(`nicht beurteilbar|bewertbar|auswertbar / nicht {2} beurteilt|bewertet werden`),
  },
  {
    means: "negated",
    reach: "backward",
    phrases: list(`
      nicht [sicher|eindeutig] nachweisbar|nachgewiesen|erkennbar|sichtbar|abgrenzbar|darstellbar|vorhanden|gesehen|zu sehen|dargestellt / kann|können ausgeschlossen werden / ausgeschlossen / : nein|keine|kein|negativ|nicht / finden|findet sich nicht|nicht
      lässt|lassen sich [aktuell|hier] nicht / : nicht vorhanden|nachweisbar / nicht mehr nachweisbar|abgrenzbar|erkennbar / ? nein / negativ / nein $ / liegt nicht vor / besteht|bestehen nicht / stellt sich nicht
    `),
  },
  { means: "doubtful", reach: "both", phrases: list(`unwahrscheinlich / wenig wahrscheinlich / eher nicht`) },
  {
    means: "doubtful",
    reach: "backward",
    phrases: list(
      `am ehesten {2} artefakt*|pulsationsartefakt*|bewegungsartefakt* / artefakt*|artefaktbedingt / durch {2} artefakt* / einem|einer lymphknoten|lungenvene entsprechend`,
    ),
  },
  {
    means: "nature",
    reach: "backward",
    within: 12,
    phrases: list(
      `artefakt*|pulsationsartefakt*|bewegungsartefakt*|einmischartefakt*|flussartefakt* / sarkom|angiosarkom / lymphknoten`,
    ),
  },
  {
    means: "resolved",
    reach: "both",
    phrases: list(`
      nicht mehr nachweisbar|abgrenzbar|erkennbar|sichtbar|vorhanden / vollständig aufgelöst|rückgebildet|regredient|zurückgebildet|resorbiert / komplette|vollständige auflösung|rückbildung|regredienz|rekanalisation [der|des] / aufgelöst / kein|keine residuen|rest
    `),
  },
  {
    means: "possible",
    reach: "both",
    within: 8,
    phrases: list(
      `möglich|mögliche|möglicher|möglicherweise / fraglich|fragliche|fraglicher / eventuell|evtl / dd / differentialdiagnostisch|differenzialdiagnostisch / unklar|unklare / könnte|könnten / nicht sicher`,
    ),
  },
  { means: "question", reach: "both", tight: true, within: 6, phrases: list(`?`) },
  {
    means: "suspected",
    reach: "forward",
    within: 5,
    phrases: list(`verdacht auf / v a / suspekt auf / verdächtig auf|für`),
  },
  {
    means: "probable",
    reach: "forward",
    within: 8,
    phrases: list(
      `wahrscheinlich|wahrscheinliche|wahrscheinlicher / am ehesten / vermutlich|vermutliche / hochgradig|dringend|dringender verdächtig|verdacht [auf|für] / vereinbar mit / passend zu / wie bei / im sinne einer|eines|von`,
    ),
  },
  {
    means: "affirmed",
    reach: "forward",
    phrases: list(
      `nachweis [einer|eines|von|mehrerer] / zeigt|zeigen sich|multiple|mehrere / neu aufgetretene|neu / positiv für / bild einer / nebenbefundlich / entsprechend einer / bestätigt`,
    ),
  },
  {
    means: "affirmed",
    reach: "backward",
    phrases: list(
      `nachweisbar|nachgewiesen|vorhanden|bestätigt|erkennbar|abgrenzbar / : ja|positiv|vorhanden / ? ja / liegt vor`,
    ),
  },
  {
    means: "indication",
    reach: "forward",
    phrases: list(
      `ausschluss lae|lungenembolie ? / bitte um ausschluss / frage nach / fragestellung / z a / zum ausschluss [einer] / klinischer verdacht [auf] / bei verdacht [auf] / abklärung`,
    ),
  },
  {
    means: "hypothetical",
    reach: "forward",
    phrases: list(
      `falls / sollte|sollten / bei klinischem verdacht / empfehlen|empfohlen|empfehlung / risiko für|einer / gegebenenfalls / zur prophylaxe`,
    ),
  },
  {
    means: "historical",
    reach: "forward",
    within: 8,
    phrases: list(
      `zustand nach / anamnestisch|anamnestische / vorgeschichte / stattgehabte|stattgehabter / früher|frühere / z n / bekannte vorgeschichte / antikoagulation wegen|bei`,
    ),
  },
  {
    means: "historical",
    reach: "backward",
    within: 6,
    phrases: list(`#year / vor # jahren|monaten|wochen / in der vorgeschichte / in der anamnese`),
  },
  {
    means: "previous",
    reach: "forward",
    tight: true,
    within: 6,
    phrases: list(
      `vorbekannt|vorbekannte|vorbekannter|vorbekannten / bekannte|bekannter|bekannten / vorbeschrieben|vorbeschriebene|vorbeschriebenen`,
    ),
  },
  {
    means: "nothing",
    reach: "forward",
    phrases: list(
      `nicht nur / ohne kontrastmittel / keine voraufnahmen|voruntersuchung|voruntersuchungen / ohne und mit / kein vergleich`,
    ),
  },
];
