/**
 * German words of age, level, side, the ventricles' ratio and the examination's quality.
 *
 *     { value: "saddle", phrases: list(`reitend*`) }
 */
import { type Lexicon, list } from "../lexicon.ts";

export const germanAttributes: Pick<
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
      phrases: list(`akut|akute|akuter|akuten|akutes / frisch|frische|frischer|frischen|frisches / subakut*`),
    },
    {
      value: "chronic",
      phrases: list(
        `chronisch|chronische|chronischer|chronischen / alt|alte|alter|alten|ältere / wandständig* / organisiert* / verkalkt* / strickleiter*|webs / cteph / rekanalisiert*`,
      ),
    },
    { value: "both", phrases: list(`akut auf chronisch* / akute und chronische`) },
  ],
  levels: [
    { value: "saddle", phrases: list(`reitend* / sattel*|sattelembolie|sattelembolus`) },
    {
      value: "central",
      phrases: list(
        `zentral|zentrale|zentraler|zentralen / hauptstamm*|hauptstämm* / pulmonalishauptst* / truncus / rechte|linke|rechten|linken|rechter|linker pulmonalarterie|hauptarterie / pulmonalstamm / pulmonalarterienhauptst*`,
      ),
    },
    {
      value: "lobar",
      phrases: list(
        `lobär*|lobar* / lappenarteri* / unterlappenarteri*|oberlappenarteri*|mittellappenarteri* / interlobär*|interlobar*`,
      ),
    },
    { value: "segmental", phrases: list(`segmental* / segmentarteri*|segmentäst* / segmentebene`) },
    { value: "subsegmental", phrases: list(`subsegmental* / subsegmentarteri*|subsegmentäst*`) },
  ],
  sides: [
    { value: "left", phrases: list(`links|linke|linken|linker|linkes|linksseitig* / lingula*`) },
    { value: "right", phrases: list(`rechts|rechte|rechten|rechter|rechtes|rechtsseitig* / mittellappen*`) },
    {
      value: "both",
      phrases: list(`beidseits|beidseitig* / beide|beiden|beider / bilateral* / rechts und links / links und rechts`),
    },
  ],
  restrictions: [
    { to: "acute", phrases: list(`akut|akute|akuter|akuten|frische|frischer|frischen`) },
    { to: "new", phrases: list(`neue|neuer|neuen|weitere|weiteren|neu`) },
    { to: "proximal", phrases: list(`zentrale|zentraler|zentralen|große|größere / lobäre|lobären / hauptstamm*`) },
  ],
  ventricleRatio: {
    phrases: list(
      `rv / lv [quotient|ratio|verhältnis] / rv lv [quotient|ratio|verhältnis] / rv zu lv / verhältnis von rechtem zu linkem ventrikel`,
    ),
    above: list(`über|größer als # / > # / erhöht|vergrößert`),
    below: list(`unter|kleiner # / < # / normal|nicht erhöht`),
  },
  quality: [
    {
      value: "non-diagnostic",
      needsObject: false,
      phrases: list(
        `nicht diagnostisch|auswertbar|verwertbar|beurteilbar / nicht|keine diagnostische|aussagekräftig qualität / unzureichende|ungenügende kontrastierung`,
      ),
    },
    {
      value: "limited",
      needsObject: true,
      phrases: list(
        `eingeschränkt|eingeschränkte|eingeschränkter / bewegungsartefakt*|atemartefakt* / limitiert|limitierte / mäßige|suboptimale|schlechte kontrastierung|qualität`,
      ),
    },
    {
      value: "diagnostic",
      needsObject: false,
      phrases: list(
        `gute|sehr|regelrechte|optimale|ausreichende|homogene gute|kontrastierung|bildqualität|qualität / gut|ausreichend|optimal kontrastiert`,
      ),
    },
  ],
  qualityOf: list(
    `untersuchung|beurteilbarkeit|beurteilung|kontrastierung|qualität|ct|aussage / pulmonal*|lungenarteri* / segment*|subsegment*|peripher* / artefakt*`,
  ),
  qualityNotOf: list(`abdomen|leber|milz|niere|nieren|wirbelsäule`),
  qualityOfPart: list(`subsegment*|segment*|peripher*|basal*|unterlappen`),
};
