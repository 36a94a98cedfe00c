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
> = {
  abbreviations: pairs(`
    r/o = rule out / ro = rule out / w/o = without / w/ = with / w = with / c/w = consistent with
    s/p = status post / h/o = history of / b/l = bilateral / bilat = bilateral / y/o = year old / yo = year old
    d/w = discussed with / f/u = follow up / i/o = in case of / hx = history / pulm = pulmonary / neg = negative / -ve = negative / +ve = positive
    pos = positive / rt = right / lt = left / lft = left / rll = right lower lobe / rul = right upper lobe
    rml = right middle lobe / lll = left lower lobe / lul = left upper lobe / eval = evaluate / p.e = pe
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
    resp / incl / ant / post / lat / inf / sup / subseg / seg / rt / lt
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
        reason for study / reason for this exam / reason for test / request / hx / dx / hpi / cc / chief complaint / pmh
        past medical history / presenting complaint / clinical question / question / symptoms / diagnosis
        admitting diagnosis / mdm / clinical statement / patient history / medical history / history and indication
        indication for exam / signs and symptoms / clinical context / brief history / background
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
        ct findings / interpretation / radiology report / detailed findings
      `),
    },
    {
      kind: "impression",
      headings: list(`
        impression / impressions / conclusion / conclusions / opinion / imp / summary / final impression
        assessment / comment / diagnostic impression / overall impression / imp/plan / key findings / bottom line
        final report / final interpretation / final read
      `),
    },
    {
      kind: "addendum",
      headings: list(`
        addendum / addenda / addended report / amended report / correction / corrected report / amendment
        revised report / revised impression
      `),
    },
    {
      kind: "original",
      headings: list(`
        end of addendum / original report / end addendum / end of addenda / report prior to addendum
      `),
    },
    {
      kind: "preliminary",
      headings: list(`
        preliminary / preliminary report / preliminary read / wet read / wet read version / prelim
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
};
