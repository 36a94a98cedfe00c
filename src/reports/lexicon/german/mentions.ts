/**
 * What German reports call the disease, its findings, other emboli and the strained right heart; and where clots lie.
 *
 *     { kind: "septic", phrases: list(`septische|septischen embol*`) }
 */
import { type Lexicon, list } from "../lexicon.ts";

export const germanMentions: Pick<
  Lexicon,
  "mentions" | "statements" | "abbreviatedDisease" | "sites" | "otherFindings"
> = {
  mentions: [
    {
      kind: "pulmonary",
      phrases: list(`
        lungenembolie / lae / embolie|embolien|embolus|emboli / lungeninfarkt und embolie / thrombembolie|thromboembolie|thrombembolien|thromboembolien / pe
        lungenthrombembolie|lungenthromboembolie / pulmonale|pulmonalen|pulmonaler embolie|embolien|thrombembolie|thromboembolie|emboli
        reitender thrombus|embolus|emboli / reitende|reitenden thromben|embolie / cteph / pulmonalarterienthromb*|lungenarterienthromb* / embolisches|embolische|embolischer material|verschluss|verschlüsse
        sattelembolie|sattelembolus|sattelthrombus
      `),
    },
    {
      kind: "finding",
      phrases: list(
        `füllungsdefekt*|kontrastmitteldefekt* / aussparung|aussparungen / intraluminale|intraluminaler|intraluminalen struktur*|defekt* / thrombuslast`,
      ),
    },
    {
      kind: "clot",
      phrases: list(
        `thrombus|thromben / gerinnsel / thrombose|thrombosen / thrombotisches material / strickleiter* / webs / segel`,
      ),
    },
    { kind: "septic", phrases: list(`septische|septischen|septischer embol* / septisch embolisch*`) },
    { kind: "fat", phrases: list(`fettembol*`) },
    { kind: "cement", phrases: list(`zementembol* / knochenzementembol*`) },
    { kind: "air", phrases: list(`luftembol* / gasembol*`) },
    { kind: "tumour", phrases: list(`tumorembol* / tumorthromb*`) },
    { kind: "amniotic", phrases: list(`fruchtwasserembol*`) },
    { kind: "arterial", phrases: list(`arterielle|arteriellen embol*`) },
    {
      kind: "deep-vein",
      phrases: list(`tvt / tiefe|tiefen|tiefer venenthrombose* / beinvenenthrombose* / beckenvenenthrombose*`),
    },
    {
      kind: "strain",
      phrases: list(`
        rechtsherzbelastung|rechtsherzbelastungszeichen / zeichen der rechtsherzbelastung / rechtsherzdilatation|rechtsherzinsuffizienz|rechtsventrikel*
        rechter|rechten ventrikel|ventrikels [ist|deutlich|leicht] dilatiert|erweitert|vergrößert / dilatation|erweiterung des rechten ventrikels|herzens / dilatierter|erweiterter rechter ventrikel
        septumdeviation|septumverlagerung|septumshift / abflachung|deviation des septums|kammerseptums|ventrikelseptums / rv dilatiert / cor pulmonale
      `),
    },
    {
      kind: "none",
      phrases: list(
        `lungenembolie|lae|embolie protokoll|ct|diagnostik|ausschluss ct / embolieprotokoll / luft in / thrombose|embolie prophylaxe / thromboseprophylaxe|embolieprophylaxe`,
      ),
    },
  ],
  statements: [
    {
      kind: "pulmonary",
      state: "absent",
      phrases: list(`
        pulmonalarterien|lungenarterien|pulmonalarterielle|pulmonalgefäße {6} frei|unauffällig|durchgängig / freie|offene|durchgängige|unauffällige pulmonalarterien|lungenarterien
        regelrechte|unauffällige|homogene kontrastierung {3} pulmonalarterien|lungenarterien|pulmonalgefäße|pulmonalarteriellen / unauffällige|unauffälliges|negative ct angio*
      `),
    },
  ],
  abbreviatedDisease: {
    word: "pe",
    otherwiseBy: list(`erguss|ergüsse / pleura* / drainage|punktion*`),
    unlessWith: list(`embol* / thromb* / lae`),
  },
  sites: [
    {
      site: "pulmonary",
      phrases: list(`
        pulmonalarteri*|lungenarteri*|pulmonalis*|pulmonalgefäß*|pulmonalstamm|truncus|lungenstrombahn / unterlappen*|oberlappen*|mittellappen*|lappenarteri*|lappen / segmentarteri*|subsegmentarteri*|segment*|subsegment*
        lingula|lingulaarteri* / hauptstamm|hauptstämm* / lunge|lungen / hilär*|hilus / zentral*
      `),
    },
    {
      site: "deep-vein",
      phrases: list(
        `beinvene*|beckenvene*|vena femoralis|poplitea|iliaca|iliakal* / tiefe venen / jugularis|subclavia`,
      ),
    },
    {
      site: "arterial",
      phrases: list(`aorta|aorten* / mesenterica|mesenteri* / nierenarteri*|milzarteri*|koronar*|karotis|carotis`),
    },
    {
      site: "elsewhere",
      phrases: list(
        `vorhof*|herzohr|ventrikel|ventrikels / vena cava|cava / pfortader|portal* / katheter*|port|portkatheter*|sonde|elektrode* / pulmonalvene*|lungenvene* / bronch* / lebervene*|nierenvene*`,
      ),
    },
  ],
  otherFindings: list(`
    erguss|ergüsse|pleuraerguss|pleuraergüsse|perikarderguss / infiltrat*|pneumonie|konsolidierung*|verschattung* / rundherd*|raumforderung*|tumor / pneumothorax / atelektase*|dystelektase*
    fraktur*|rippenfraktur* / aneurysma|dissektion / lymphknoten|lymphadenopathie / stauung|ödem|emphysem / infarkt*|infarktpneumonie / ventrikel|herz|vorhof|septum / metastase*|zyste* / milz|leber|niere|nieren
  `),
};
