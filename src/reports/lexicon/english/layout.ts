/**
 * English words and the layout of reports: abbreviations, key words worth correcting, headings.
 *
 *     { kind: "impression", headings: list(`impression / conclusion`) }
 */
import { type Lexicon, list, pairs } from "../lexicon.ts";

export const layout: Pick<
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
> = {
  abbreviations: pairs(`
    r/o = rule out / ro = rule out / w/o = without / w/ = with / w = with / c/w = consistent with
    s/p = status post / h/o = history of / b/l = bilateral / bilat = bilateral / y/o = year old / yo = year old
    d/w = discussed with / f/u = follow up / i/o = in case of / hx = history / pulm = pulmonary / neg = negative / -ve = negative / +ve = positive
    pos = positive / rt = right / lt = left / lft = left / rll = right lower lobe / rul = right upper lobe
    rml = right middle lobe / lll = left lower lobe / lul = left upper lobe / eval = evaluate / p.e = pe
    segm = segmental / segs = segmental / subsegm = subsegmental / bilat. = bilateral / bil = bilateral / ac = acute / chr = chronic / defs = defects / fd = filling defect / fds = filling defects
    pe's = pe / f = for / eff = effusion / emb's = emboli / embs = emboli / thr = thrombus / lobes' = lobes / ø = no / evid = evidence / susp = suspected / dev = development / ctpe = ctpa / sx = symptoms / indet = indeterminate
    lobes's = lobes / thombus = thrombus / artery's = artery / pts = patients
    (-) = negative / (+) = positive / + = positive / & = and / vs = versus / doesn't = does not / don't = do not
    didn't = did not / can't = can not / cannot = can not / couldn't = could not / isn't = is not / aren't = are not
    wasn't = was not / weren't = were not / hasn't = has not / haven't = have not / thromboemboli = emboli
    thromboembolus = embolus / emb = embolism / embolisms = emboli / emboluses = emboli / br = branch
    seg = segmental / subseg = subsegmental / bx = biopsy / sub-segmental = subsegmental / artefact = artifact
    artefacts = artifacts / artefactual = artifactual / nondx = non diagnostic / nondiagnostic = non diagnostic
    nonocclusive = non occlusive / dvts = dvt / pes = pe / ptes = pe / pte = pe / apes = acute pe
    sob = shortness of breath / rvs = rv strain / tumor = tumour / calibre = caliber / favoured = favored
    favours = favors / favour = favor / r = right / l = left / wo = without / poss = possible / prob = probable
    thromboembolisms = thromboembolism / oedema = edema / unlikley = unlikely
  `),
  spelling: list(`
    embolism / embolus / emboli / embolic / pulmonary / thrombus / thromboembolism / evidence / negative / positive
    without / identified / segmental / subsegmental / chronic / resolved / excluded / indeterminate / questionable
    possible / history / previous / bilateral / filling / defect / defects / impression / findings / saddle
  `),
  notMisspelt: list(`
    defects / thrombin / thrombi / embolise / embolism / embolia / historic / previously / impressions / finding
    killing / falling / billing / felling / filing / possibly / possibles / defected / embolics / pulmonic / evident
    saddled / segments / resolves / resolve / resolver / identifies / identifier
  `),
  stopsInside: list(`
    dr / drs / mr / mrs / ms / prof / vs / approx / e.g / i.e / eg / ie / cf / fig / pulm / p.e / a.m / p.m / st
    resp / bilat / segm / subsegm / ac / chr / incl / ant / post / lat / inf / sup / subseg / seg / rt / lt
  `),
  sections: [
    {
      kind: "examination",
      headings: list(`
        exam / examination / study / procedure / type / title / template / modality / exam type / type of exam
        test
      `),
    },
    {
      kind: "history",
      headings: list(`
        indication / indications / clinical indication / history / clinical history / clinical information
        clinical data / clinical details / clinical / reason / reason for exam / reason for examination
        reason for study / reason for this exam / reason for test / request / hx / hpi / cc / chief complaint / pmh
        past medical history / presenting complaint / clinical question / question / symptoms
        admitting diagnosis / working diagnosis / mdm / clinical statement / patient history / medical history / history and indication
        indication for exam / signs and symptoms / clinical context / brief history / background
        referral details / referral / referral information / referral letter / reason for referral / clinical summary
        clinical background / clinical problem / clinical query / query / why / clinical reason / reason for request / reason for scan / reason for ct
        reason for consultation / question asked / clinical info / info / presentation / relevant history / clin info / clin hx / clinical hx
        reason for procedure / request details / clinical presentation / questions / requested for / clinical concern / concern
        history of present illness / clinical notes / order diagnosis / reason for visit / assessment and plan
      `),
    },
    {
      kind: "technique",
      headings: list(`
        technique / protocol / contrast / dose / radiation dose / scan parameters / technical information
        technical / method / procedure and technique / medication / medications
      `),
    },
    {
      kind: "comparison",
      headings: list(`
        comparison / comparisons / comparison study / prior studies / prior study / prior / priors
        previous examinations / prior exams / correlation / compared to / relevant priors
      `),
    },
    {
      kind: "findings",
      headings: list(`
        findings / finding / report / narrative / description / observations / result / results / body of report
        thorax / chest / imaging findings / radiological findings / scan findings / report text
        ct findings / interpretation / radiology report / detailed findings
      `),
    },
    {
      kind: "impression",
      headings: list(`
        impression / impressions / conclusion / conclusions / opinion / imp / summary / final impression
        assessment / comment / diagnostic impression / overall impression / imp/plan / key findings / bottom line
        final report / final interpretation / final read / diagnosis / diagnoses / final diagnosis / radiological diagnosis
        radiologic diagnosis / ct diagnosis / final / answer / answers / conclusion and recommendation / verdict / in summary
        final diagnoses / imaging diagnosis / in conclusion / concluding remarks / overall / result summary / final conclusion / final opinion
        impression and plan / impression and recommendation / impression and recommendations / concl / reading / main findings / in short / synopsis
        final reading / discharge summary / report summary / ct impression / radiologist impression / overall assessment / dx
      `),
    },
    {
      kind: "addendum",
      headings: list(`
        addendum / addenda / addended report / amended report / correction / corrected report / amendment
        revised report / revised impression / supplementary report / supplementary / supplement / supplemental report / late entry
        additional report / amended / revision / corrigendum / erratum / update / updated report / second opinion / corrected
        second reading / second look / postscript / further report / addition / revised / supplementary note / supplementary reading / re read
      `),
    },
    {
      kind: "original",
      headings: list(`
        earlier version / previous report / previous version / original text / superseded report / earlier report / old report / original reading
        original / initial report / first report / first version / report as first issued / prior version / original dictation
        end of addendum / original report / end addendum / end of addenda / report prior to addendum
      `),
    },
    {
      kind: "preliminary",
      headings: list(`
        preliminary / preliminary report / preliminary read / wet read / wet read version / prelim
        provisional / interim report / interim / resident report / trainee report / initial read / initial reading / unverified report / registrar report / draft / draft report
        resident preliminary / provisional report / preliminary interpretation / overnight read
      `),
    },
    {
      kind: "other",
      headings: list(`
        recommendation / recommendations / plan / dispo / disposition / notification / communication / discussion
        advice / disclaimer / signed by / electronically signed / billing / ros / review of systems / physical exam
        physical examination / allergies / labs
      `),
    },
  ],
  spokenHeadings: list(`impression / conclusion / findings / addendum / opinion`),
  titleBeginnings: list(`
    ct / cta / ctpa / computed / exam / portable / study / mdct / cect / angio
  `),
  physicalExamination: {
    headings: list(`pe`),
    followedBy: list(`
      general / gen / heent / lungs / heart / vs / vitals / vital / abd / abdomen / ext / extremities / cv / cardiac
      neuro / skin / neck / nad / alert / awake / well / rrr / ctab / chest / resp / const / constitutional
      afebrile / cor
    `),
  },
  dictation: {
    marks: pairs(`
      full stop = . / period = . / comma = , / colon = : / semicolon = ; / new line = \\n / newline = \\n / next line = \\n
      new paragraph = \\n\\n / next paragraph = \\n\\n / question mark = ? / open bracket = ( / close bracket = )
      hyphen = - / dash = - / heading = \\n / end heading = \\n / number one = \\n1. / number two = \\n2. / number three = \\n3.
    `),
    headings: list(`
      clinical information / clinical info / clinical history / clinical details / clinical indication / reason for exam
      reason for examination / reason for study / indication / history / technique / comparison / findings / finding
      impression / conclusion / opinion / summary / exam / examination / addendum / reason / question / result / report
    `),
    newSubjects: list(`
      no / there is / there are / lungs / lung parenchyma / heart / right ventricle / left ventricle / liver / trunk / aorta / pleura
      mediastinum / bones / upper abdomen / main pulmonary artery / main pulmonary arteries / pulmonary arteries
      large / small / multiple / several / numerous / new / incidental / thrombus / clot / emboli / embolus / filling defect
      bilateral / pleural effusion / effusion / mild / moderate / severe
    `),
  },
  forms: {
    affirmed: list(`yes / y / present / positive / ja / seen / found / identified / pos / true / 1`),
    denied: list(`
      no / none / nil / absent / negative / neg / not present / not seen / not identified / not detected / none seen
      none identified / no evidence / n / excluded / false / not found / not visible / nothing
    `),
    notAssessed: list(`
      n/a / na / n.a. / n.a / not applicable / not evaluated / not assessed / not assessable / not evaluable / not reported
      not stated / not done / not performed / not examined / unable to assess / unable to evaluate / unable to comment
      cannot be assessed / can not be assessed / cannot be evaluated / cannot assess / cannot comment / not included
      unknown / see below / see above / not imaged / not recorded / not documented / tbd / pending / unassessable
      not entered / left blank / blank / to be completed / not specified / not commented / not covered / unreported
    `),
    describing: list(`
      side / sides / laterality / level / levels / location / locations / extent / distribution / site / age / acuity / chronicity
      most proximal / most central / proximal extent / largest / vessel / vessels / lobe / lobes / position / type
      highest level / age of clot / clot age / nature / affected / involved / burden / where / proximal / artery / arteries
    `),
    options: list(`
      yes / no / none / present / absent / equivocal / indeterminate / positive / negative / normal / left / right / both
      acute / chronic / lobar / segmental / main / saddle / seen / not seen / unlikely / possible / uncertain / cannot tell / bilateral / central
      subsegmental / identified / not identified / enlarged / dilated / adequate / limited / unclear / unsure / not
    `),
    instructions: list(`
      choose one / select one / select / pick one / pick / choose / delete as appropriate / delete as applicable
      delete as needed / strike out / circle one / tick one / please select / tick as appropriate / insert / enter text
      fill in / to be filled in / pick list / drop down / dropdown / free text / mark one / cross out / choose an item / click here
      check one / circle as appropriate / tick the box / enter here / specify / complete as
    `),
    questionLabels: list(`
      question / query / clinical question / q / question asked / clinical query / asked / reason / request / indication
    `),
    answerLabels: list(`answer / a / reply / response / result`),
    present: "present",
    absent: "none",
  },
  questionOrAnswer: list(`diagnosis / dx`),
};
