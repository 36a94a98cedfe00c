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
    { value: "acute", phrases: list(`acute|subacute|acutely`) },
    {
      value: "chronic",
      phrases: list(`
        chronic|chronically / web|webs / band|bands / recanali* / eccentric / wall adherent / mural
        calcified thrombus|embol*|clot*|filling / calcified / chronic appearing / organized|organised / cteph|cted
        thromboembolic [pulmonary] hypertension / longstanding / linear filling
      `),
    },
    {
      value: "both",
      phrases: list(`
        acute on|and|superimposed|upon chronic / acute superimposed on chronic / acute and|or subacute and chronic
        chronic and acute / acute on top of chronic
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
        right|left [and|or] [left|right] main / right|left pulmonary artery|arteries / right|left pa
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
    { value: "subsegmental", phrases: list(`subsegmental|subsegmentally / sub segmental`) },
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
      rv [:] [to] lv [ratio|diameter|dimension]
      right ventric* [:] [to|and] left ventric* [diameter|dimension] [ratio] / rv lv ratio / ventric* ratio
    `),
    above: list(`
      greater|more|larger than # / exceeds|above|over # / increased|elevated|abnormal / > # / > 1
    `),
    below: list(`
      less|lower|smaller than # / below|under # / normal|preserved / < # / not increased|elevated
    `),
  },
  quality: [
    {
      value: "non-diagnostic",
      needsObject: false,
      phrases: list(`
        non diagnostic / not diagnostic / uninterpretable / not interpretable
        not allow [for] {2} evaluation|assessment|interpretation|exclusion
        insufficient|inadequate|inadequately {3} opacif* / not adequately|sufficiently opacified
        inadequate {1} bolus / insufficient {1} contrast|bolus / can not be {1} assessed|evaluated
        can not assess|evaluate [for] / inadequate study|exam*|evaluation|ct|cta|ctpa|scan / technically inadequate|unsatisfactory|failed / study|exam|bolus failed / failed study|exam|bolus|contrast / inconclusive study|exam|examination|ct|cta|ctpa|scan / study|exam|examination|ct|cta|ctpa|scan is inconclusive|indeterminate $ / no opacification
      `),
    },
    {
      value: "limited",
      needsObject: true,
      phrases: list(`
        limited|limits|limit|limiting|limitation|limitations / suboptimal* / sub optimal*
        degraded|degrades|degrading|degradation / compromised|hampered|impaired
        poor|poorly {1} opacif*|bolus|timing|enhancement|quality
        extensive|severe|significant|moderate|marked|considerable [respiratory|motion|streak|breathing|beam|patient] [motion|hardening] artifact*|motion
        not well|optimally opacified / mistimed / quality : limited|poor|suboptimal|fair
      `),
    },
    {
      value: "diagnostic",
      needsObject: false,
      phrases: list(`
        diagnostic quality
        good|adequate|excellent|satisfactory|optimal|sufficient {2} opacif*|bolus|quality|enhancement|timing
        technically adequate|satisfactory|successful|good
        opacif* [is|are|was] [well|normally|adequate|adequately|good|excellent|satisfactory|optimal]
        well|adequately|normally|satisfactorily opacified|opacify|opacifies
        opacif*|opacified well|normally|adequately|satisfactorily
        quality [is|was|:] diagnostic|good|adequate|excellent|satisfactory
        adequate|diagnostic|good|excellent study|exam*
      `),
    },
  ],
  qualityOf: list(`
    study|exam|examination|scan|evaluation|assessment|quality|ct|cta|ctpa|image|images|imaging
    opacif*|bolus|contrast|timing / pulmonary arter*|vascul*|embol* / segmental|subsegmental / pe / embol*
    artifact* / this|these|within|given / branches|vessels|arteries
  `),
  qualityNotOf: list(`
    abdomen|abdominal|liver|kidneys|solid|osseous|bones|bony|parenchyma|parenchymal|mediastinum|thyroid|spine|pelvis
    soft tissues / heart|cardiac|coronary|esophagus|nodule*
  `),
  qualityOfPart: list(`
    beyond|past|distal / subsegmental / segmental level / lower lobe|lobes / bases / peripheral / for {2} branches
  `),
};
