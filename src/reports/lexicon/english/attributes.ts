/**
 * English words of age, level, side, the ventricles' ratio and the examination's quality.
 *
 *     { value: "saddle", phrases: list(`saddle / straddl*`) }
 */
import { type Lexicon, list } from "../lexicon.ts";

export const attributes: Pick<
  Lexicon,
  | "acuity"
  | "levels"
  | "sides"
  | "restrictions"
  | "ventricleRatio"
  | "quality"
  | "qualityOf"
  | "qualityNotOf"
  | "qualityOfPart"
> = {
  acuity: [
    {
      value: "acute",
      phrases: list(
        `acute|subacute|acutely / fresh / recent thrombus|clot*|embol*|thromboembol* / hyperacute / newly formed / acute appearing / new thrombus|clot*|embol*|filling {6} and {6} web*|band*|chronic|old|organi*`,
      ),
    },
    {
      value: "chronic",
      phrases: list(`
        chronic|chronically / web|webs / band|bands / recanali* / eccentric / wall adherent / mural
        calcified thrombus|embol*|clot*|filling / calcified / chronic appearing / organized|organised / old|older|ancient thrombus|clot*|embol*|thromboembol*|, / older / long standing / laminated / endothelialized|endothelialised / cteph|cted
        thromboembolic [pulmonary] hypertension / longstanding / linear filling
      `),
    },
    {
      value: "both",
      phrases: list(`
        acute on|and|superimposed|upon chronic / acute superimposed on chronic / acute and|or subacute and chronic
        chronic and acute / acute on [a] background|top|backdrop / acute on [a] background of / acute or|and chronic / fresh and old / old and fresh / acute {1} upon|over chronic / acute on top of chronic
      `),
    },
  ],
  levels: [
    { value: "saddle", phrases: list(`saddle / straddl* / bifurcation of the main|pulmonary`) },
    {
      value: "central",
      phrases: list(`
        central|centrally / main pulmonary [artery|arteries|trunk] / main pa|pas
        main|right|left and|or right|left [main] pulmonary artery|arteries / right|left main [pulmonary|pa]
        right|left [and|or] [left|right] main / main stem|stems / pulmonary main [stem] / right|left pulmonary artery|arteries / right|left pa
        pulmonary trunk|bifurcation / both main / main arter*
      `),
    },
    {
      value: "lobar",
      phrases: list(`
        lobar|interlobar / lobe [lobar] pulmonary artery|arteries / lobe artery|arteries|pa|pas / lobe lobar
        truncus / lobe pulmonary arterial trunk / descending|interlobar pulmonary [artery]
      `),
    },
    { value: "segmental", phrases: list(`segmental|segmentally / segment / segments`) },
    {
      value: "subsegmental",
      phrases: list(`subsegmental|subsegmentally / sub segmental / subsegmental {5} segment|segments`),
    },
  ],
  sides: [
    { value: "left", phrases: list(`left / lingula|lingular|lingulae`) },
    { value: "right", phrases: list(`right / middle lobe`) },
    { value: "both", phrases: list(`bilateral|bilaterally / both / all lobes / all five lobes`) },
  ],
  restrictions: [
    { to: "acute", phrases: list(`acute|subacute`) },
    { to: "new", phrases: list(`new|additional|further|other|newly`) },
    {
      to: "proximal",
      phrases: list(`
        central|centrally|large|saddle|main|proximal|massive|lobar|segmental|left|right|sizable
      `),
    },
  ],
  ventricleRatio: {
    phrases: list(`
      ratio of [the] right to|and left ventric* / ratio of [the] rv to lv / rv [to] [/] lv quotient / rv / lv / ventric* diameter ratio / right to left ventric* [diameter] [ratio]
      rv [:] [to] lv [ratio|diameter|dimension]
      right ventric* [:] [to|and] left ventric* [diameter|dimension] [ratio] / rv lv ratio / ventric* ratio
    `),
    above: list(`
      greater|more|larger than # / exceeds|above|over # / increased|elevated|abnormal / > # / > 1
    `),
    below: list(`
      within normal|the / not {1} increased|elevated|raised|abnormal / less|lower|smaller than # / below|under # / normal|preserved / < # / not increased|elevated
    `),
  },
  quality: [
    {
      value: "non-diagnostic",
      needsObject: false,
      phrases: list(`
        non diagnostic / not diagnostic / uninterpretable / not interpretable / unreadable
        not allow [for] {2} evaluation|assessment|interpretation|exclusion|statement|judgement|conclusion / not evaluable|assessable|usable|readable|conclusive
        insufficient|inadequate|inadequately {3} opacif* / not adequately|sufficiently opacified
        inadequate {1} bolus / insufficient {1} contrast|bolus / can not be {1} assessed|evaluated|judged|interpreted|read|analysed|analyzed|appraised|examined
        can not assess|evaluate|judge|interpret [for] / inadequate study|exam*|evaluation|ct|cta|ctpa|scan / technically inadequate|unsatisfactory|failed|unsuccessful|useless / study|exam|bolus|injection failed / failed study|exam|bolus|contrast|injection / inconclusive study|exam|examination|ct|cta|ctpa|scan / study|exam|examination|ct|cta|ctpa|scan is inconclusive|indeterminate $ / no opacification
        result|results|study|scan|examination|exam [is|are|was|remains] inconclusive|indeterminate|equivocal|unusable / inconclusive|indeterminate result / gives no answer / no diagnostic value / can not|unable {1} answer {1} question / question|study {4} can not be answered / no {1} statement {2} possible / contrast|bolus [had] {1} missed|extravasated|failed|absent|interstitial / injection|bolus|contrast|line {2} failed|leaked|extravasated|interrupted|tissued / extravasation of
        virtually|almost|practically|hardly no contrast|opacif*|enhancement / not possible to assess|judge|evaluate / useless for|as / unassessable / unevaluable / unanswerable / to be repeated / no conclusion {3} possible
      `),
    },
    {
      value: "limited",
      needsObject: true,
      phrases: list(`
        limited|limit|limiting|limitation|limitations / limits [the|our|its] assessment|evaluation|interpretation|visuali*|detection|sensitivity|analysis|detail|quality|study|exam*|scan|ability|view* / limits [our|the] {2} of [the] segmental|subsegmental|peripheral|smaller|distal|basal / suboptimal* / sub optimal*
        degraded|degrades|degrading|degradation / compromised|hampered|impaired|impeded|restricted|marred|blurred|obscured|hindered|reduced|curtailed by|owing|because|due / compromised|hampered|impaired|impairs|impedes|hampers|restricts|hinders|blurs|obscures|hides|masks|veils|degrade|spoils|reduces|restricted
        poor|poorly|weak|weakly|faint|faintly|low|mediocre|moderate|incomplete|inhomogeneous|patchy|thin {1} opacif*|bolus|timing|enhancement|enhanced|quality|contrast|contrasted
        extensive|severe|significant|moderate|marked|considerable|heavy|strong|substantial|pronounced [respiratory|motion|streak|breathing|beam|patient|cardiac] [motion|hardening] artifact*|motion|noise
        not well|optimally opacified / mistimed / quality : limited|poor|suboptimal|fair|moderate|reduced|mediocre / not [fully|well|reliably|completely|confidently|adequately|entirely] assessable|evaluable|readable|visible|interpretable / less than ideal|optimal / breathing|motion|respiratory artifact* / made|makes|make|render* {6} unreadable|unassessable|uninterpretable|unevaluable|illegible|difficult
        early|late bolus|scan|timing|acquisition / too early|late / of reduced|moderate|limited|restricted quality|value / image noise / subsegmental|segmental|peripheral|distal {4} can not be {2} assessed|evaluated|judged|excluded|interpreted / noisy / hard to read|assess|judge / lost to|in motion|noise|artifact* / only down to / partly|partially readable|assessable|obscured|opacified
        no longer assessable|readable / beyond assessment
      `),
    },
    {
      value: "diagnostic",
      needsObject: false,
      phrases: list(`
        [of] diagnostic quality / quality [of] [the] [study|scan|examination|exam|images] [is|was] [very|fully] good|excellent|high|adequate|sufficient|satisfactory|diagnostic / high quality / good|excellent|high|adequate|fine|flawless|perfect|optimal|satisfactory [technical|image|diagnostic|overall] quality
        timing [of] [the|contrast] [bolus|contrast|injection] [is|was] [fully] optimal|good|excellent|perfect|ideal|adequate|appropriate|satisfactory|correct / bolus [timing] [is|was] [well|optimally] good|optimal|excellent|adequate|perfect|ideal|timed / well|optimally|perfectly timed [bolus|contrast|scan]
        sufficient|ample|strong|dense|homogeneous|good|adequate|excellent|full|plentiful [and] [homogeneous] contrast|contrasting|opacif*|filling|enhancement|attenuation in|of|within|throughout [the|all] [pulmonary|main|segmental|lung] / technically good|excellent|sound|adequate|flawless|perfect|satisfactory / fully diagnostic / of diagnostic value / no [relevant|significant] motion|artifact* $ / without [relevant|significant] [motion] artifact*
        good|adequate|excellent|satisfactory|optimal|sufficient {2} opacif*|bolus|quality|enhancement|timing
        technically adequate|satisfactory|successful|good
        opacif* is|are|was well|normally|adequate|adequately|good|excellent|satisfactory|optimal|sufficient / opacif* well|normally|adequate|adequately|good|excellent|satisfactory|optimal|sufficient
        well|adequately|normally|satisfactorily opacified|opacify|opacifies
        opacif*|opacified well|normally|adequately|satisfactorily
        quality [is|was|:] diagnostic|good|adequate|excellent|satisfactory
        adequate|diagnostic|good|excellent study|exam*
      `),
    },
  ],
  qualityOf: list(`
    study|exam|examination|scan|evaluation|assessment|quality|ct|cta|ctpa|image|images|imaging
    breathing|motion|respiration|coughing|noise|enhancement|bolus|hardening|periphery|peripheral|smaller / ctpa|angiogra* / opacif*|bolus|contrast|timing / pulmonary arter*|vascul*|embol* / segmental|subsegmental / pe / embol*
    artifact* / this|these|within|given / branches|vessels|arteries
  `),
  qualityNotOf: list(`
    abdomen|abdominal|liver|kidneys|solid|osseous|bones|bony|parenchyma|parenchymal|mediastinum|thyroid|spine|pelvis
    soft tissues / heart|cardiac|coronary|esophagus|nodule*
  `),
  qualityOfPart: list(`
    below|under the|lobar|segmental|main / lingula|lingular / rest|remaining|remainder|others|elsewhere / some|few|certain|several / segmental / smaller|small / periphery / upper|middle|lower lobe|lobes / basal / part|parts / beyond|past|distal / subsegmental / segmental level / lower lobe|lobes / bases / peripheral / for {2} branches
  `),
};
