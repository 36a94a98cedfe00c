/**
 * By which words a report is known to be in English, and by which not to be. The words of all other tables count as
 * English too, but for those that other languages write the same way.
 *
 *     isForeign("Kein Nachweis einer PE.", compileLexicon(english));   // true
 *
 * Written without accents, which language.ts takes off. Of other languages the words reports are made of: those that
 * deny, those that join, the disease and its place. Left out is what English reports hold too, as a word, an
 * abbreviation or a name ("pas": pulmonary arteries; "sol": space-occupying lesion; "av", "bal", "ett", "los", "sag"; "con",
 * "de", "du", "van", "ramos").
 */
import { type Lexicon, list } from "../lexicon.ts";

export const recognition: Pick<
  Lexicon,
  "script" | "letters" | "ownWords" | "ownEndings" | "sharedWords" | "titles" | "foreignWords"
> = {
  script: "Latin",
  letters: "",
  ownWords: list(`
    abscess / afib / agree / agrees / aicd / airspace / airways / anticoagulate / anticoagulated / ards / around
    aspiration / attending / biapical / bibasilar / bipap / bleb / blebs / bleed / bleeding / bone / bronchiectasis
    bud / bulla / bullae / cabg / cavitation / cell / chamber / changes / childhood / chylothorax / cirrhosis / clip
    clips / concerned / concur / confirms / contrasted / copd / correlate / cough / coughing / cpap / crazy / ctpe
    ddimer
    degenerative / delay / delayed / density / dictated / diverticulosis / down / during / each / early / echo
    either / elevated / empyema / ends / esophageal / ekos / esrd / every / faint / false / fast / female / fever
    flight
    gallstones / gerd / glass / goiter / granuloma / granulomas / graphic / greater / habitus / haematoma
    haemorrhage / having / hematoma / hemorrhage / hemothorax / her / him / his / home / hump / hydropneumothorax
    hypodensity / infection / infectious / inflammatory / intracardiac / just / largely / late / least / lines
    lvad / many / measures / measuring / medicine / metastases / metastasis / metastatic / mets / mild / much
    multiple / next / noise / noncontrast / nstemi / nuclear / obtain / off / older / opacities / opacity
    osteophytes / particular / patchy / paving / pending / phase / placed / placement / please / plugging
    positioned / postpartum / pregnancy / pregnant / pressure / prone / ratio / reading / recent / recommended
    removed / repair / repaired / repeat / replaced / resected / resection / rib / ribs / same / sats / score
    seated / sequelae / series / shaped / shift / sickle / single / slice / slices / slightly / slow / smoker
    spondylosis / spur / spurs / staples / steatosis / stemi / sternal / stone / stones / stranding / subtle
    suggests / supine / surgery / surgical / sutures / swollen / tavr / terminates / they / thick / thickening
    thin / through / tiny / tip / too / trach / transplant / travel / true / tubes / typical / under / underlying
    unenhanced / until / upright / used / using / valve / view / views / what / when / where / wires / woman / worse
  `),
  ownEndings: list(`
    able / aemia / al / algia / ance / ary / asis / cardia / cele / ectomy / ed / emia / ence / gram / grams
    graphy / iasis / ible / ic / ics / ing / ism / ities / itis / ity / ive / less / lith / ly / lysis / malacia
    megaly / ment / ness / oid / oma / omas / or / ors / ory / oses / osis / ostomy / otomy / ous / pathy / penia
    phage / plasia / plasty / pnea / scopy / sion / sions / stases / stasis / tion / tions / um / uria / us / ward
    xia
  `),
  sharedWords: list(`
    absent / acute / addendum / age / ago / all / also / an / angio / ant / aorta / arm / arms / artefact / arter
    arterial / artifact / as / aspect / at / atrium / attenuation / band / basal / base / bases / bilateral / bolus
    but / by / can / carina / case / cava / central / colon / comment / comparison / compatible / conclusion
    condition / consolidation / contrast / cor / covid / ct / cta / ctpa / data / date / defect / description
    diffuse / dilatation / dimer / direct / distal / do / doppler / dr / due / dvt / emboli / embolia / embolic
    embolisation / embolus / en / evident / exam / examination / ext / extension / fibrosis / film / filter / final
    finding / findings / fracture / fractures / had / hand / has / hernia / hilar / history / ima / image
    important / impression / in / indication / inf / infarct / inferior / information / institut / institute
    interval / is / issue / it / klinik / large / last / lesion / lesions / lingula / lll / lobar / lul / main
    male / man / massive / mediastinum / neg / negative / no / non / normal / not / notable / note / occlusion / on
    opacification / open / opinion / or / over / pa / partial / pas / patent / patient / patients / pe / pectus
    pelvis / per / permanent / persistent / plan / pleura / pleural / plus / pneumonia / pneumothorax / pos
    position / positive / possible / post / pre / present / prob / probable / proximal / pulmonale / question
    radiologie / radiology / real / recurrent / region / renal / report / residual / resp / respect / rest / result
    ring / rll / rml / rul / rv / scan / scanner / see / segment / segmental / segments / sent / septum
    simple / sinus / site / solid / son / stable / status / stent / sub / subsegmental / sup / superior / system
    technique / test / thorax / thrombi / thrombus / to / total / trace / trachea / trunk / tube / tumor / tumour
    urgent / vascular / vena / via / visible / vital / volume / want / ward / was / web / were / wet / who / yo
  `),
  titles: list(`dr / drs / doctor / prof / professor / mr / mrs / ms / md / rn / np`),
  foreignWords: [
    // German
    ...list(`
      lungenarter* / lungenstamm / gefass* / thrombosier* / embolie / akut|akute|akuter|akuten
      frisch|frische|frischer / negativ / positiv / zentral|zentrale|zentralen / nein / normalbefund / unauffall*
      regelrecht* / z n / v a / kontrastmittel* / unterlappen / oberlappen / mittellappen / lappen
      segmental* embolie / kein|keine|keinen|keiner|keinem|keinerlei / nachweis* / hinweis* / anhalt / ohne / nicht
      und / mit / eine|einer|einem|einen / fur|fuer / bei / auf / auch / nach / zum / zur / durch / wird / ist / sind
      sowie / lungenembol* / lungenarterie* / embolien / pulmonalarterie* / pulmonalembol* / beidseit* / rechts
      links / rechten / linken / unauffallig|unauffaellig / beurteilung / befund|befunde
      fullungsdefekt*|fuellungsdefekt* / rechtsherzbelastung / ausgeschlossen / abgrenzbar / verdacht / zeichen
    `),
    // Dutch
    ...list(`
      wel|niets / gezien / centrale / acuut / onderzoek / longvat|longvaten / stolsel* / trombus / normaal
      bdz|beiderz / afwijking* / segmentale / geen / niet / aanwijzing* / voor / het / een / zijn / wordt|worden
      naar / maar / ook / bij / uit / longembol* / longarterie* / longslagader* / longen / rechter / linker
      beiderzijds / zichtbaar / vullingsdefect* / uitgesloten / conclusie / verslag / onderkwab / bovenkwab / tekenen
      verdenking / negatief / positief
    `),
    // French
    ...list(`
      embol|embols / caillot* / vu|vue|vus|vues / eliminee|elimine / bilaterale|bilateral et / normale|normaux
      permeable|permeables / particularite* / ou / aigue|aigues|aigu / proximale|distale|centrale
      segmentaire* / sous segmentaire* / gauche / tronc / compatible avec / suspicion d / pas de
      pas d ep|embol*|anomalie|argument|image|epanchement|obstruction|atteinte / absence de|d
      aucun|aucune / dans / avec / sont / une / cette / pour / sans signe|signes|argument|embolie|anomalie / embolie*
      pulmonaire* / arteres / droite / bilateraux|bilaterales / signe|signes|faveur d|de / lobaire* / mise en evidence
      angioscanner / thoracique / examen / retrouve|retrouvee / n est|objective / il n|y / exclu|exclue / negatif
    `),
    // Spanish, Portuguese
    ...list(`
      tep / trombo|trombos / defecto / segmentario|segmentaria|segmentar|segmentares / descartado|descartada|descartar
      agudos|agudas / cronico|cronica / libre|libres|livre|livres / ramas|ramos segmentares|ramo / lobulo|lobulos
      base derecha|izquierda / del lado / por / estudo|exame / afastado|afastada
      visto|vista|se ve / sin / no hay|se / se observa*|aprecia*|visualiza*|identifica*|evidencia*
      evidencia|evidencias / signos / embolia* / embolo|embolos / pulmonar|pulmonares / arterias|arteria
      derecho|derecha|derechos|derechas / izquierdo|izquierda / tromboembolia|tromboembolismo|tromboembolico
      defectos / llenado / hallazgos / impresion / estudio / torax / una / muestra / ambos|ambas / agudo|aguda
      descarta / sospecha / negativo|negativa / positivo|positiva / pulmones / nao / sem / sinais / direito|direita
      esquerdo|esquerda / falhas / enchimento / uma / achados / ausente|ausentes / pervios / conclusao / impressao
      evidenciado|evidenciada
    `),
    // Italian, Romanian
    ...list(`
      embolico|embolica|embolici / trombi nei|nelle / assente|assenti / bilaterale / segmentale|segmentali|segmentaria
      massiva / torace / versamento / pervio|pervia|pervi|pervie / arterie / polmone|polmoni / nel|nello
      lobo|lobi|lobare|lobari / per pe|ep|tep / negativo per / nei limiti
      non si|vi|ci|evidenza|embolia / non pe|ep|tep|emboli $ / nessun|nessuna / senza / nelle|nella|nei|negli
      della|delle|degli / alle|alla / segni / embolia* / polmonar* / arteria / apprezzano|apprezza / osservano|osserva
      rilevano|rileva / evidenziano|evidenzia / difetti / riempimento / destra|destro / sinistra|sinistro / bilaterali
      conclusioni / esame / evidenza / acuta / escluse|esclusa|escluso / assenza / fara / nu se|sunt|este / semne
      pulmonara / arterele / dreapta / stanga / evidentiaza / umplere
    `),
    // Swedish, Danish, Norwegian, Icelandic
    ...list(`
      ekki / merki / inga / inget / ingen / ingenting / intet / ikke / inte / tecken / tegn / hallpunkter
      holdepunkter / och / utan / uden / uten / som / eller / samt / hoger / vanster / hojre / venstre / hoyre
      lungembol* / lungeembol* / lungartar* / lungearteri* / lungekar* / fyllnadsdefekt* / fyldningsdefekt*
      fyllingsdefekt* / pavis* / bilaterala / sidiga|sidige
    `),
    // Finnish, Estonian, Hungarian, Latvian, Lithuanian
    ...list(`
      nav datu|pazimju / nerasta / pozymiu / ei / eika / keuhkoembol* / keuhkovaltimo* / merkkeja / todeta
      todettavissa / oikealla / vasemmalla / kopsuarter* / leidu / nem / nincs / tudoembol* / jele / lathato
      igazolhato / telodesi / mindket / oldali
    `),
    // Polish, Czech, Slovak, Croatian, Serbian, Slovenian
    ...list(`
      zator* / zp / wyklucz* / ujemn* / dodatni* / skrzeplin* / ostra|ostry|ostrej / drozn* / badanie / prawidlow*
      w tetnic* / masywn* / plucna|plucny / widoczn* / podejrzenie / tk / nie / bez / brak
      nie ma|stwierdzono|stwierdza|uwidoczniono|su|je / cechy / zatorowosc* / plucn* / tetnic* / stwierdzono
      obustronn* / prawej / lewej / oraz / jest / embolii / embolizaci* / znamek|znamky / prukaz* / vpravo / vlevo
      nejsou / neni / neprokazan* / nema / znakov|znakova / nisu / nije / embolij* / pljucn* / arterijama / desno
      lijevo
    `),
    // Turkish, Indonesian, Vietnamese
    ...list(`
      pulmoner / akut|kronik / negatif|pozitif / trombus / segmenter / uyumlu / ile / goruldu|gorulme*
      dalda|dallar* / sol|sag alt|ust|ana|pulmoner / vardir / normal sinir* / bilateral pulmoner
      arterde|arter|arteri / sinirlarda
      yok|yoktur / saptanma* / izlenme* / izlendi / embolisi / tromboembolisi / arterlerde / akciger / bulgusu
      lehine / dolum / mevcut|mevcuttur / tidak / tampak / khong thay / huyet khoi / thuyen tac
    `),
  ],
};
