/**
 * English words that deny, end or doubt: negated, resolved, doubtful, possible, not excluded, probable.
 *
 *     { means: "negated", reach: "forward", phrases: list(`no / without`) }
 *
 * Of two rows over the same words the earlier holds; words that reach both ways stand in rows of their own.
 */
import { list, type ModifierGroup } from "../lexicon.ts";

/** What may change of an embolus, as a noun and as a participle: its denial says that the embolus is there. */
const changeNouns =
  "change|changes|shrinkage|shrinking|regression|reduction|decrease|increase|growth|enlargement|extension|progression|propagation|migration|fragmentation|break|breakup|dissolution|lysis|clearing|clearance|improvement|worsening|difference|diminution|resorption|recanali*|retraction|response|evolution|alteration|expansion|involution|advance|spread|contraction|thinning|organization|organisation|variation";
const changed =
  "shortened|shrunk|shrunken|enlarged|grown|regressed|dissolved|cleared|changed|altered|decreased|increased|diminished|progressed|extended|migrated|improved|worsened|disappeared|lysed|lessened|reduced|moved|resorbed|recanali*|vanished|gone|retracted|responded|resolved|advanced|spread|propagated|lengthened|thinned|abated|melted|fragmented|expanded|receded|dwindled|evolved";
const change =
  "shrink|clear|resolve|dissolve|disappear|regress|change|decrease|diminish|improve|vanish|lyse|recede|respond|grow|enlarge|extend|progress|increase";

export const negationAndUncertainty: readonly ModifierGroup[] = [
  {
    means: "status",
    reach: "both",
    phrases: list(`
      no|without {4} ${changeNouns} of|in|to|from|with|since|under|on|at|compared
      no|without {4} ${changeNouns} or|and ${changeNouns} [of|in|to]
      no|without {4} ${changeNouns} or|and break up [of|in]
      no|without {2} ${changeNouns} $
      not|never [been|yet|shown|seen|significantly|substantially|noticeably|demonstrably|appreciably|clearly|at] {3} ${changed}
      not {1} [seen|shown|found|felt|thought] to have ${changed}
      not {3} smaller|larger|bigger|shorter|longer|fewer|different|less|more
      has|have|had|not {1} fail* [entirely|completely|fully] to ${change} / does|do|did not {1} ${change}
      fail* {1} to ${change} / neither ${changed} nor ${changed} / none of {6} has|have {2} ${changed}
      not one of {10} has {2} ${changed} / none of {8} has|have|had {2} ${changed} / neither of {8} has|have {2} ${changed}
      no {3} evidence|sign|signs of ${changeNouns} / no {3} evidence|sign|signs of {2} ${changeNouns} of|in
      as before / as known / the same / same as / identical to / persists|persist / lingers|linger / still there
      less|more pronounced|marked|extensive than
    `),
  },
  {
    means: "negated",
    reach: "forward",
    phrases: list(`
        no / without / [is|are|was|were|:] negative for / not seen|identified|present|found : / negative {3} ct|cta|ctpa|study|exam|examination|scan for / negative with respect|regard to|for / absence|lack|exclusion of
        free of|from / lacks|lacking|devoid|clear of / neither / nor / never / non visualization of
        no [ct|angiographic|imaging|definite|direct|radiographic] [angiographic|angiography] [evidence|sign|signs|finding|findings|indication|suggestion|features] [of|for]
        not a|an|due|related|caused|consistent|compatible|any|suggestive
        not have|show|see|demonstrate|reveal|identify|contain|suggest|indicate|find|detect
        does|do|did not {1} show|demonstrate|reveal|identify|see|have|contain|suggest|support|find|detect|visualize
        fail* to demonstrate|show|reveal|identify|find|visualize / nothing to suggest|indicate / no reason|cause to suspect|believe
        nothing suspicious|suggestive for|of / disagree {1} with / contrary to / rather than / instead of / denies / excludes|excluding
        ct|cta|ctpa|study|exam|imaging [has|have] excluded / ct|cta|ctpa|study|exam|imaging has|have|had been negative for
        rules out  / can not see|identify|find|detect|appreciate|visualize
        is|are|was|were not $ / no longer [any] [evidence] / not / unremarkable for / void of / bare of / hold|holds|contain|contains|show|shows|carry|carries no / exclusion of / neither a|an
        failed|failing to demonstrate|show|reveal|identify|find|visualize|detect / no trace of / no hint of / no imaging evidence of / not containing|harbouring|harboring / nothing resembling / no correlate of|for
        in place of / as opposed to / without any / zero / nil
        no other|further|additional / argue* against / unable to identify|see|find|detect / not to be
      `),
  },
  { means: "negated", reach: "both", phrases: list(`negative / absent / ruled out`) },
  {
    means: "not-excluded",
    reach: "both",
    phrases: list(`
        can|could not be {1} distinguished|differentiated|separated|discerned from / neither confirm*|be nor exclude*
        difficult|hard|impossible to distinguish|differentiate|separate from / indistinguishable from
        [is|are|would] [be] difficult|hard|impossible|not possible to {1} exclude|rule|assess
        difficult|hard|impossible to {2} exclude|rule
      `),
  },
  {
    means: "doubtful",
    reach: "both",
    phrases: list(`
      not [to] [be] expected / atypical|untypical of|for / not typical|characteristic of|for / not [very|at all] likely / implausible / hardly likely|plausible / [highly|most|very] unlikely / not [the] [usual|classic|classical] [appearance|pattern|look] of / does|do|did not fit|suit|match [with] / unexpected for
      unlikely / improbable / less likely / [is|are|it] unlikely|doubtful that|if|whether`),
  },
  { means: "resolved", reach: "both", phrases: list(`resolved / cleared / completely|fully resolved`) },
  {
    means: "possible",
    reach: "both",
    within: 12,
    phrases: list(`
      versus / questioned / uncertain / or artifact* / artifact* or / not [at] [all] improbable|unlikely|impossible|implausible / by no means improbable|unlikely|excluded|impossible|implausible / not inconceivable / far from excluded / not [entirely|quite|wholly|so] improbable|unlikely
      anything but improbable|unlikely / no means improbable|unlikely / reluctant|hesitant|hesitate to {2} label|call|diagnose|name|interpret|read|say / not [entirely|wholly|quite|fully|completely] sure|certain|convinced [whether|that|if|about|of] / would not dare|venture to call|diagnose
      cannot decide|determine|tell / can not decide|determine|tell|say [if|whether] [this|it|these|there] [is|are] / open to|whether / it is open / debatable / unclear whether|if / moot / on the fence / toss up / no firm|confident diagnosis [of] / undecided [whether|between|as]
    `),
  },
  {
    means: "nothing",
    reach: "both",
    phrases: list(`
      of|is|are undetermined|uncertain|unknown|indeterminate|unclear|unspecified|undefined|mixed|doubtful|questionable|unsure|intermediate age|chronicity|acuity|duration|onset|vintage|date
      of|is|are {1} age|chronicity|acuity|duration uncertain|unknown|indeterminate|unclear|undetermined
      [its|their|whose|the] age|chronicity|acuity|duration [is|are|remains] uncertain|unknown|indeterminate|unclear|undetermined
      uncertain|indeterminate|unknown|undetermined in age|chronicity|acuity
      age|chronicity indeterminate
    `),
  },
  { means: "question", reach: "both", tight: true, within: 8, phrases: list(`?`) },
  {
    means: "negated",
    reach: "backward",
    phrases: list(`
        [is|are|was|were] none
        is|are|was|were|been|be not [currently|otherwise|further] seen|visible|confirmed|reproduced|perceptible|discernible|identified|visuali*|demonstrated|detected|present|evident|found|appreciated|noted|observed|shown|apparent|there|depicted|imaged|discovered|recognized|diagnosed
        not [currently|otherwise] seen|visible|confirmed|reproduced|perceptible|discernible|identified|visuali*|demonstrated|detected|present|evident|found|appreciated|noted|observed|shown|apparent|there
        can|could not be seen|identified|visuali*|demonstrated|detected|found|appreciated|confirmed on
        is|are|was absent
        has|have|had been [effectively|essentially|now|confidently|reliably|definitively|completely|thus|therefore|safely] excluded|ruled [out]
        is|are|was|were [effectively|essentially|now|confidently|reliably|definitively|completely|thus|therefore|safely] excluded|ruled [out]
        can|may be [effectively|essentially|now|confidently|reliably|definitively|completely|thus|therefore|safely] excluded|ruled [out]
        excluded / is|are|was|were|: negative
        : no|none|absent|negative|nil|neg|nothing|excluded|not $ / : none|absent|negative|nil
        : no evidence|sign|signs to|identified|seen|demonstrated / : no evidence|sign|signs $ / ? no|none|negative|nil
        : not seen|identified|present|detected|demonstrated / no $ / none $ / none / negative $
        does|do|did not exist / which|that is|was negative|normal|excluded / is|are not the cause / could not be found / none [is|are|was|were] found|seen|identified|present|detected|noted / can|could not be seen|identified|detected|demonstrated|found|visuali* on|in|within|at|with
        can|could not be seen|identified|detected|demonstrated|found|visuali* $ / does|do|did not appear|seem [to] [be] present|likely|there|evident / has|have not recurred
        is|was|are incorrect|erroneous|wrong|discrepant|refuted|disproved / is|was in error
        : n $ / fails to be seen / not seen|identified $ / : 0 $ / : not [in] [evidence|evident|demonstrable|apparent|visible|found|noted|there] $ / : zero $ / : excluded / , none $ / : none|no seen|found|visible|detected|identified|demonstrated|evident|noted|shown
        not demonstrable|visible|evident|apparent|detectable|in evidence / could not be shown|demonstrated|detected|found|identified
        can not be demonstrated|shown|found|detected $ / is|are|was|were nowhere [to] [be] [seen|found] / are|is lacking|missing
        [is|are] not in evidence / no longer demonstrable|detectable|discernible
      `),
  },
  {
    means: "doubtful",
    reach: "forward",
    phrases: list(`
        no definite|definitive|definitively|convincing|obvious|gross|clear|conclusive|compelling|discrete|overt|unequivocal|large|sizable|sizeable|suspicious|significant|strong|specific|reliable [ct|angiographic] [evidence|sign|signs|finding|findings] [of|for]
        without definite|convincing|obvious|gross|clear|discrete [evidence] [of|for]
        low|very|negligible|minimal probability|likelihood of|for / low probability|likelihood of|for
        low|little suspicion|concern for|of / unlikely to be|represent|reflect / doubtful for / less likely
        no definite or probable|possible / not definitely|clearly|convincingly / not convincing|definitive for
        little evidence of|for / not likely|felt|thought to be|represent / doubt / against / pseudo / more {6} than [with|of|for] / [is|are] favored over / mistaken for / simulat* / mimic* / insufficient evidence for|of|to [diagnose|suggest|support]
        favor* {3} over|rather
      `),
  },
  {
    means: "doubtful",
    reach: "backward",
    phrases: list(`
        [is|are|was|felt|considered|thought] [to] [be] [very|highly|quite|extremely|most] unlikely
        is|are|seems|appears doubtful
        not [clearly|definitely|convincingly|definitively|confidently|well|reliably] seen|identified|visuali*|demonstrated|appreciated
        is|are|was not [clearly|definitely|convincingly|definitively|confidently] seen|identified|visuali*|demonstrated|appreciated
        not favored / is|are not suspected|likely|favored|suggested / is|are|was|seems|appears|looks {2} unlikely|improbable|doubtful|implausible / is|are|was|were not [to] [be] [considered|thought|felt|deemed|judged|held] [to] [be] likely|probable|expected|anticipated|plausible
        is|are|was|were considered|thought|felt|deemed|judged|held|regarded|believed|rated [as|to] [be] [very|highly|quite|rather|most|less] unlikely|improbable|implausible|doubtful
      `),
  },
  {
    means: "doubtful",
    reach: "backward",
    phrases: list(`
        is|are|was|represent*|reflect* {2} [mixing|motion|flow|respiratory|streak|beam|pulsation] artifact*
        due|secondary|related|attributed|attributable|consistent|compatible|keeping {1} to|with {4} artifact*|artifactual|averaging
        likely|probably|favored|felt|presumably|presumed [to] [be|represent] [secondary|due|related] [to] {2} artifact*|artifactual
        is|are artifact* / is|are|was|represent* [likely] [a|an|due] [to] {3} bronchus|bronchi|vein|veins|node|nodes|mucus|plug / artifact [is|was] favored / flow related artifact
        from [respiratory|motion|streak|beam] [motion|hardening] artifact*
      `),
  },
  {
    means: "resolved",
    reach: "forward",
    phrases: list(`
        [interval|complete] resolution of / resolution of
        complete|interval|full|total [complete|interval] resolution|clearance|clearing|disappearance|lysis [of]
        disappearance|clearing|lysis|dissolution of / no longer {1} evidence [of] / no residual|remaining|persistent
        no [new] or residual
      `),
  },
  {
    means: "resolved",
    reach: "backward",
    phrases: list(`
        has|have|had [now|since|completely|fully|entirely|interval|all|subsequently] [completely|fully|since] resolved|cleared|disappeared|gone
        disappeared / vanished / has|have|had melted|dissolved|lysed|vanished / completely recanali* / is|are|was|were now [completely|fully] resolved
        no longer [clearly] seen|visible|present|visuali*|identified|evident|appreciated|demonstrated|apparent|detected|there|visible|noted
        is|are no longer / not present|seen|visuali*|identified on [the|this] current|present|today*|this
        completely gone
      `),
  },
  {
    means: "not-excluded",
    reach: "forward",
    phrases: list(`
        can|could|may|does|do|did|would not {3} exclude|rule / can|could|does|did not {3} rule out
        can not {3} confirm or exclude / can not confirm / unable to {2} exclude|rule|confirm
         fail* to [reliably|safely|definitely] exclude|rule / no answer {1} as to|on|regarding|concerning|about / no|without statement|conclusion|verdict|comment {2} on|as|about|regarding|concerning|possible
        gives|give no {1} answer|information [as|about|on|regarding] [to] / can not answer|settle|resolve|decide / does|do|did not answer|settle|resolve|allow|permit / no reliable|valid statement|assessment|information|conclusion|judgement
        not possible to {2} exclude|rule [out]
        not {1} exclude|excluding / without excluding / inability to exclude / can not be {2} certain|sure
        insufficient to exclude / inadequate to exclude / not able to {2} exclude|rule / inadequate|insufficient|unsatisfactory for
        indeterminate|inconclusive|equivocal|uninterpretable [study|exam|examination|scan|ct|cta|ctpa] for
        not {1} adequate|sufficient|suitable|diagnostic for|to|of {2} exclusion|exclude|evaluation|evaluate|assessment|assess|diagnosis [of|for]
        not diagnostic for|of / unable to {2} determine {2} presence|whether|if [of] / non diagnostic for|of
        unable to {1} evaluate|assess|comment [for|on] / can not {1} evaluate|assess|comment [for|on|upon] / insufficiently sensitive to exclude
        not sufficient to exclude
        non diagnostic [quality] [study|exam|examination|evaluation|scan|ct] [for|regarding|to|with] [evaluation|assessment|regard|evaluate|assess|exclusion] [of|for|to]
        non diagnostic with regard|respect to|for
      `),
  },
  {
    means: "not-assessed",
    reach: "backward",
    phrases: list(`
      can|could not {1} assessed|evaluated|commented|judged|determined
      can|could not be {2} assessed|evaluated|judged|commented
      is|are|was|were not {1} assessable|evaluable|readable|assessed / not assessable|evaluable
    `),
  },
  {
    means: "not-excluded",
    reach: "backward",
    phrases: list(`
        can|could|may not be {3} excluded|ruled [out]
        can|could not be [entirely|completely|definitely] [ruled] out / is|are|was not {2} excluded|ruled [out]
        not {2} excluded / neither {2} nor excluded|ruled [out] / can|could neither be {2} nor {2} excluded|ruled [out] / not {2} ruled out / [presence] or absence can not be determined
        is|are|was|were|remains|remain open|undecided|unresolved|unanswered|unsettled / stays open / can|could not be {2} [entirely|safely|fully|reliably] dismissed|discounted|disregarded
        can not be {2} determined|confirmed
        remains|remain|is|are [on|within|in] [a|the] possibility|possible|differential|consideration
      `),
  },
  {
    means: "possible",
    reach: "forward",
    phrases: list(`
        may|might|could / question|possibility|suspicion of [a]
        raise* {2} question|possibility|concern|suspicion of|for|about
        concern|suspicion is|was raised for|of|about / raising {2} question|possibility|concern|suspicion of|for
        inconclusive [finding*] [for|of] / equivocal|indeterminate finding* [for|of] / [it] [is|remains|are] uncertain|unclear|unsure|unknown for
        differential [diagnosis|considerations|consideration|diagnoses|possibilities] [would] include|includes|including|between|:
        can not tell|determine whether|if / difficult|hard|impossible to say|tell|know|determine [whether|if] / not sure whether|if / perhaps|conceivably
        it is possible / borderline [for] / potentially|conceivably represent*
      `),
  },
  {
    means: "possible",
    reach: "forward",
    tight: true,
    within: 8,
    phrases: list(`
        possible|possibly / questionable / equivocal / indeterminate / potential / doubtful
        ambiguous
      `),
  },
  {
    means: "probable",
    reach: "forward",
    tight: true,
    within: 5,
    phrases: list(`presumed|presumptive|presumably / most|very probable|probably|likely / putative / assumed`),
  },
  { means: "suspected", reach: "both", tight: true, within: 8, phrases: list(`suspected`) },
  { means: "indication", reach: "forward", tight: true, within: 6, phrases: list(`concern`) },
  { means: "question", reach: "forward", tight: true, within: 8, phrases: list(`question / queried / query`) },
  {
    means: "possible",
    reach: "backward",
    phrases: list(`
        is|are [considered|also|still] possible / could|may|might|can be present / possible $ / possible but|although|though
        is|are|remains|remain [a] [in] equivocal|indeterminate|uncertain|questionable|question|questioned|unclear|inconclusive
        : indeterminate|possible|equivocal|uncertain|questionable|unclear|inconclusive / would be considered / should be considered / is|are questioned / in the differential / equivocal $
        indeterminate $
      `),
  },
  {
    means: "possible",
    reach: "interpretation",
    phrases: list(`
        [which|that] may|might|could [also|well|potentially|possibly] [be] represent*|reflect|be [due|related|secondary|artifactual] [to]
        may|might|could [also|well|potentially|possibly] reflect|indicate|suggest|from|compatible [a|an] [to|with]
        possibly|potentially [due|artifactual|representing|reflecting|related]
        of uncertain|indeterminate|unclear|doubtful|questionable significance|etiology|nature / uncertain|indeterminate|unclear|doubtful significance / raises [the] question|possibility
        [it] [is|remains|are] uncertain|unclear|unsure|unknown whether|if / [is|are|was|were] indeterminate|equivocal|inconclusive|borderline for / possibly artifact*
      `),
  },
  {
    means: "probable",
    reach: "forward",
    within: 8,
    phrases: list(`
        very|highly likely|probable|probably / favor* to represent|be
        highly|very|quite suspicious|concerning|worrisome for|of / suggest*
        appear* to represent|be / favored|favoring / strongly suggest*
        suspicion is high / high suspicion|probability of|for
      `),
  },
  {
    means: "probable",
    reach: "forward",
    tight: true,
    within: 8,
    phrases: list(`
        likely / probable|probably / presumed|presumably|presumptive / suspicious
      `),
  },
  {
    means: "probable",
    reach: "backward",
    phrases: list(`
        is|are [very|most|highly] likely|probable|favored / likely $ / is|are strongly suspected
        probable $
      `),
  },
  {
    means: "nature",
    reach: "backward",
    within: 24,
    phrases: list(`
      : [a|an|the] [likely|probable|probably] [typical] [intimal|pulmonary] [artery] sarcoma|angiosarcoma|myxoma|tumour|neoplasm|metasta* / [intimal|artery|arterial] sarcoma|angiosarcoma / myxoma
      is|are|represent*|turns|proves|proved [out] [to] [be] [a|an|the] [adjacent|neighbouring|neighboring|hilar|enlarged|normal|mucus] [filled] [lymph] node|nodes|vein|veins|bronchus|bronchi|tumour|mass|lipoma|mucus
      is|are|proves|turns [out] [to] [be] {3} node|nodes|vein|veins|bronchus|bronchi|plug|artifact*|tumour|sarcoma
      vanishes|vanish|disappears|disappear|resolves|resolve|gone|clears|clear|fills|fill on|in|at [the] [delayed|late|later|second|repeat|venous|subsequent]
      mixing|flow|pulsation|motion|breathing|respiratory|streak|hardening|stair|step|interpolation|window*|partial|volume|cardiac|kinetic [volume|step|hardening|related] [artifact*|averaging|effect|pulsation|phenomenon]
      [attributed|attributable|due|owing|secondary|ascribed|related|put] [down] [to] [incomplete|late|unopacified|unenhanced|inflow|laminar|cardiac|inhomogeneous] mixing|flow|pulsation|motion|inflow|averaging|streaming|breathing|noise
      unopacified|unenhanced|non opacified|non enhanced|nonopacified|unmixed {1} blood|inflow|vein|flow / inflow of {2} blood
      artifact* / beam hardening|hardened
      enhances|enhancing with|like|after|on|in / takes|taking up / avid on|for / fdg [avid|uptake]
      fragment of|catheter / foreign body / catheter tip / [lymph] node|nodes adjacent|beside|next|abutting / extrinsic|external compression
    `),
  },
  {
    means: "nature",
    reach: "forward",
    within: 6,
    phrases: list(`
      pseudo / apparent|supposed|spurious|seeming / looks|look|looked like|as / mimics|mimicking|simulating|imitating|imitates|simulates / resembling|resembles / mistaken for / false|artifactual / impression of / illusion of / what {2} like|resembles
      giving|gives the impression|appearance|illusion of / artificial
    `),
  },
  {
    means: "probable",
    reach: "interpretation",
    phrases: list(`
        suspicious|concerning|worrisome for|of / suggestive of / most likely / felt|thought|believed to represent|be
        likely represent*|reflect* / likely representing|reflecting / probably represent*
      `),
  },
];
