/**
 * English words that affirm, ask, fear or look back: affirmed, as before, the question asked, the past; what is only
 * spoken of; and words that only look like one of these.
 *
 *     { means: "status", reach: "both", phrases: list(`unchanged / no [significant] change in`) }
 */
import { list, type ModifierGroup } from "../lexicon.ts";

export const assertionAndTemporality: readonly ModifierGroup[] = [
  {
    means: "affirmed",
    reach: "forward",
    phrases: list(`
        consistent|compatible with / in keeping with / diagnostic of|for / indicative of / represent*
        positive [for] / confirm*|confirming / evidence of / does|do have / definite|definitive|definitely
        demonstrat*|shows|reveals / there is|are [a|an]
        no [reasonable] doubt [about|of|that|regarding] [the] [presence] [of] / without doubt / undoubtedly / new
        incidental|incidentally / every sign|feature|hallmark of / beyond [any|all|reasonable] doubt [that] / there can|could be no doubt [that|about|of] / no doubt [that] / typical|characteristic|pathognomonic|classic|classical [appearance|appearances|picture|signs|sign|features|pattern] of|for
        all [the] [signs|hallmarks|features|characteristics|criteria] of|for / hallmark|hallmarks|stigmata of / leaves|leaving no doubt / unequivocal|unmistakable|clear cut|undoubted|unquestionable / clear|convincing|strong|good|ample|plain evidence|signs|proof of|for / proof of / proves|proven|proving
        must be|represent / can only be|represent / nothing but / amounting|amounts to / in favour|favor of / acquired
      `),
  },
  {
    means: "affirmed",
    reach: "backward",
    phrases: list(`
        is|are|was|were [now|also|again|clearly|definitely] present|seen|identified|noted|demonstrated|confirmed|visuali*|shown|evident|found|detected
        is|are|has|have|was|were now|today [clearly|also|again|newly|all] evident|visible|seen|present|demonstrated|shown|found|apparent|there|appeared|identified|visualized|detected|demonstrable
        is|are|was|were [clearly|also|again|newly] evident|visible|seen|present|demonstrated|shown|found|apparent|identified|visualized|detected|demonstrable today|now|currently
        is|are beyond doubt|question / is|are certain|obvious|unmistakable|undeniable|unequivocal / has|have [newly] appeared|occurred|formed|developed
        not [yet] visible|seen|present|there|evident|apparent|demonstrable|detectable|identified|shown|demonstrated on|in|at|before # / not [yet] visible|seen|present|there|evident|apparent|demonstrable on|in|at|before january|february|march|april|may|june|july|august|september|october|november|december|monday|tuesday|wednesday|thursday|friday|saturday|sunday|then|that|last|earlier|previously
        present / confirmed / : yes|present|positive|seen|identified
        not [previously] seen|present|evident|identified|described|noted|visualized previously|before|earlier|on [#|prior|previous|the|original|earlier] [#|prior|previous|original|earlier]
        was|were not [previously] seen|present|evident|identified|described|noted on|in|previously|before|at [the] [original|prior|previous|earlier|initial|#]
        which was|were not / not [seen|present|identified|described|noted] previously|before / not previously
        as [described] above|below / described above
      `),
  },
  {
    means: "status",
    reach: "both",
    phrases: list(`
        no [significant|substantial|appreciable|interval|definite|major|convincing|real|marked] [interval|significant|overall] change*|difference in|of|from|to
        no [significant|interval] change
        no [significant|interval|appreciable] [interval] increase*|decrease*|progression|worsening|improvement|extension|enlargement|growth|reduction|propagation [in|of]
        without [significant|interval] [interval] change|progression|increase|improvement
        not changed|increased|decreased|improved|progressed|enlarged
        not significantly|appreciably|substantially changed|different|increased|decreased|improved / unchanged
        stable / persistent|persists|persist|persisting
        again seen|demonstrated|noted|visuali*|identified|shown|present|evident / [is|are] again / redemonstrat*
        re demonstrat*
        partial|partially|incomplete|incompletely|some|near|nearly|almost [interval] [complete|completely] resolution|resolved|clearing|cleared [of]
        not [yet|completely|fully|entirely] resolved / has|have not [yet|completely|fully] resolved / resolving
        decreas*|increas*|improv*|worsen*|progress*|diminish* / remain|remains|remaining / larger|smaller|enlarging
        recanali* / lessening|lessened|waning|regressing|regressed|shrinking|shrunk|receding|abating / as before / half|third|fraction / no worse|better / less extensive|marked|bulky / reduced|reducing / grown|growing / more extensive / constant / static / fluctuat* / not gone / residual / still [present|seen|visible] / similar
        interval increase|decrease|improvement|progression|worsening [in|of]
        other than|except|aside|apart [for|from] / with the exception of / unresolved
      `),
  },
  {
    means: "indication",
    reach: "forward",
    phrases: list(`
        rule out / to rule out / evaluat* [for|of] / evaluation for|of / assess [for] / assessment for|of / exclude
        to exclude / concern* for|about|of|regarding
        is|are|was|were|remains|remain [a|the] [some|main|primary|persistent|continued|ongoing|clinical] [clinical] concern|suspicion for|about|of|regarding
        clinical|high|low|moderate concern|suspicion|probability for|of / suspicion for|of / clinically suspect* / suspect|suspects|suspecting / worried|worry|worrying|worries about|over|of|for / fear|fears|feared|fearing [of] / thinking|thought|thoughts of|about / ? of / wonder* about|if|whether / request* to exclude / could this be / assess* / please {1} exclude|look|assess|check|evaluate|rule|confirm / kindly exclude / monitor*|surveillance for|of|after
        looking for / to look for / work up for / workup for|of / reason for exam*|study
        for possible|suspected|presumed / check for / screening for / symptoms of|concerning / question is
        to detect / in search of / pretest probability / indication / investigat* for / protocol for
        performed|obtained|done|scanned|protocolled|ordered|requested for [:] / ct|cta|ctpa|angiogram|angiography|study|exam|examination|scan [of] [the] [chest|thorax] for [:]
        [pre] test probability of|for / probability of|for
      `),
  },
  {
    means: "indication",
    reach: "backward",
    phrases: list(`
        protocol / is|was|are [clinically] [the] suspected|questioned clinically / suspected clinically
        clinically suspected / is in question
      `),
  },
  {
    means: "hypothetical",
    reach: "forward",
    phrases: list(`
        had there been / supposing|suppose|assuming|provided / whether / in the case|event|absence|presence of / would not reach / so that [a|an] / lest / could|can|may cause|lead|give|produce / radiograph*|radiography|film|x|xray|ray can|could|does not {2} exclude|rule|show|detect|tell / to protect|guard|shield [from|against] / protect*|guard*|guards from|against / in suspected|possible / clinical|persistent|further|ongoing suspicion of / to avoid / likelihood of / can not tell|say|show|determine {2} whether|if / can|could not show|exclude|rule|detect|diagnose reliably / fear of / danger|threat of / can not exclude|rule {1} plain / anxious|anxiety about / as [a] source of / worr* / feared
        if / in case of / in the event of / should / consider* / recommend* / risk of|for / risk factor* for|of
        prophylaxis [for|against] / would|will be {1} required|needed|necessary|helpful [to] / needed|required to / to diagnose|confirm / predispos* [to] / at risk for|of / family history of
        fhx of
        not {1} tailored|optimized|designed|protocoled|protocolled|intended|timed {2} for|to [assess|evaluate|detect|exclude|evaluation|detection] [for|of]
        dedicated / prevent* / to prevent / unless / return precautions / warning signs / mimic*|simulat*
        sensitivity for / in patients with / can be seen with|in / complicated by future
      `),
  },
  {
    means: "hypothetical",
    reach: "backward",
    phrases: list(`
        is|are|was|were|remains|remain [a|of|the] [main|primary|strong|high|clinical|clinically] [clinical] concern|suspicion
        is suspected clinically / if clinically / would be required / was|were considered [clinically] / is considered clinically|$ / should be considered clinically / should|must [also|always|not|therefore|still] be [first|therefore|also] excluded|ruled|considered|investigated|suspected|looked|sought|kept|clarified|confirmed [out] / needs|need|has|have|ought to be [first|therefore|also] excluded|ruled|considered|investigated|suspected|looked|sought|kept|clarified|confirmed [out] / is|are to be excluded|ruled|sought|considered|kept|investigated|clarified / remains|remain to be excluded|ruled|shown|proven|seen / worth excluding / not reach|enter|travel / to be confirmed|excluded|considered|proven|suspected|diagnosed|found|ruled [out] / is|be suspected|feared|considered clinically / be suspected|feared|entertained
      `),
  },
  {
    means: "limitation",
    reach: "backward",
    phrases: list(`
        could|may|might|can be missed|overlooked|obscured|hidden|undetected / not adequately|well|reliably|sufficiently|fully|optimally evaluated|assessed
        would|could|may|might be difficult|hard|impossible to {1} detect|see|identify|appreciate|visualize
        may|could|might not be {1} seen|visible|detected|apparent|identified|visualized|detectable / limited
        is|are limited / below the resolution / is|are suboptimal*
        not well|optimally seen|visualized|assessed|evaluated
      `),
  },
  {
    means: "historical",
    reach: "forward",
    phrases: list(`
        history of|with / [personal|past|remote|known] history [medical|significant|notable|positive] [for|of]
        status post / treated|treatment for|of / being treated for
        anticoagulat* for|because|due|after|given|secondary
        on|taking anticoagulat*|coumadin|warfarin|eliquis|apixaban|heparin|xarelto|rivaroxaban|lovenox {2} for
        diagnosed with / past medical history / has had / filter {2} for|after|because|due / admitted|discharged|hospitali*|transferred {1} for|with|after|because / recover* from
        no known|prior|previous [history] [of] / prior|previous|outside|comparison|earlier|last {1} ct|cta|ctpa|study|exam|examination|scan|imaging : [ct|cta|ctpa] [with|of|for|showed|showing]
        clinical|admitting|working|presumptive|discharge diagnosis of / coumadin|warfarin|eliquis|apixaban|heparin|xarelto|rivaroxaban|lovenox|anticoagulation|anticoagulants for / previously had / she|he|who|patient|man|woman|lady|gentleman had [a|an] / she|he|who|patient has had / she|he|who|patient|man|woman was|is known|treated|diagnosed|admitted|managed [to|for|with] [have] / after {2} diagnosis of / therapy for / significant|notable for / recently diagnosed
        prior|previous|outside|comparison|earlier|last {1} study|ct|cta|ctpa|exam|examination|scan|imaging {3} showed|demonstrated|revealed|reported|reporting|showing|demonstrating|revealing|with
        on [the|a] prior|previous|outside|earlier {1} study|ct|cta|ctpa|exam|examination|scan|imaging / ct|cta|ctpa|study|exam of|from|dated {4} which|that showed|demonstrated|revealed
        wife|husband|grandmother|grandfather|cousin|mother|father|sister|brother|son|daughter|parent|aunt|uncle had|has|with / perc|wells|geneva {2} for
      `),
  },
  {
    means: "historical",
    reach: "forward",
    tight: true,
    within: 6,
    phrases: list(`follow up|followup [of|for|on] / treated / completed / after`),
  },
  {
    means: "historical",
    reach: "backward",
    phrases: list(`
        in #year / diagnosed {3} ago|at|in|on|last / # day*|week*|month*|year* ago|prior|earlier|previously
        two|three|four|five|six|several|few months|weeks|years|days ago
        on anticoagulat*|coumadin|warfarin|eliquis|apixaban|heparin|xarelto|rivaroxaban|lovenox
        , on coumadin|warfarin|eliquis|apixaban|heparin|xarelto|rivaroxaban|lovenox|anticoagulat* / as a child / in [the] past / ( #year ) / , remote $ / x # in #year
        last year|month|week|autumn|winter|spring|summer / treated with / many|some|several years ago / a|one year|month|week|decade ago / years ago / in {2} childhood|pregnancy|youth / at [the] age # / #year $ / #year , / , #year / in|since january|february|march|april|may|june|july|august|september|october|november|december #year
      `),
  },
  {
    means: "previous",
    reach: "forward",
    tight: true,
    within: 8,
    phrases: list(`
        prior|previous|previously|old|remote|known|former|formerly|past|earlier
        previously|formerly|prior|initially seen|noted|described|demonstrated|identified|diagnosed|visuali*|reported|present|known|questioned|suspected
        the patient's known
      `),
  },
  {
    means: "previous",
    reach: "backward",
    phrases: list(`
        seen|noted|described|demonstrated|present|identified|shown|reported|visuali* {2} on|in|at {1} prior|previous|outside|earlier|last / described|reported on #
        previously|formerly|initially [seen|noted|described|demonstrated|identified|diagnosed|visuali*|reported|present]
        on [the] prior|previous|earlier / noted in #year / seen in #year / seen on # / from #year
        described {3} #year / described on outside / seen previously
      `),
  },
  {
    means: "aside",
    reach: "forward",
    tight: true,
    within: 6,
    phrases: list(`
        regarding|about [the] [presence|question|possibility|diagnosis|result|results|finding|findings|issue] [of|for]
        with|in regard|regards|respect|reference to / as regards
        notif*|inform*|alert*|advis*|appris*|told|aware [by] [phone|telephone] of
        notif*|inform*|alert*|advis*|appris*|told dr|doctor [.] {2} of
        notif*|inform*|alert*|advis*|appris*|told dr|doctor [.] {1} . {1} of
        notif*|inform*|alert*|advis*|appris*|told [the] [ordering|referring|treating|responsible] physician|clinician|doctor|provider|team|service|nurse|ward of
        contact*|call|called|paged|phoned|telephoned|discuss*|inquir*|enquir*|question|questions concerning|re
        dr|doctor|physician|clinician|provider|team|service|nurse|ward {6} concerning|re
      `),
  },
  {
    means: "aside",
    reach: "forward",
    within: 6,
    phrases: list(`
        reason*|cause*|etiolog*|aetiolog*|explanation*|diagnos*|source*|process*|something|anything|condition*|patholog* {2} other|apart|aside|different than|from
        masquerad* / reason*|cause*|etiolog*|aetiolog*|explanation*|diagnos*|source*|process*|something|anything|condition*|patholog* besides|except|excluding
        alternative|alternate [explanation*|diagnos*|cause*|etiolog*] to|for
      `),
  },
  {
    means: "aside",
    reach: "backward",
    within: 0,
    phrases: list(`result|results|finding|findings|question|evaluation|query|status`),
  },
  {
    means: "nothing",
    reach: "backward",
    phrases: list(`called|reported|communicated to`),
  },
  {
    means: "nothing",
    reach: "forward",
    phrases: list(`
        notif*|inform*|alert*|advis*|appris*|told|aware [by] [phone|telephone] of|about|regarding the|these|this
        about #|one|two|three|four|five|six
        prior|previous|earlier|old {1} ct|cta|ctpa|study|exam|examination|scan|imaging|radiograph|report|date|studies|exams|xray|ultrasound|mri|pet|films|comparison*
        no comparison|priors / no prior|previous studies|study|exam*|ct|cta|imaging|comparison*|films / no prior $|for|available / from|since|than|to [the] prior|previous / no doubt
        to suggest|indicate|support / not only / none of which|these|them|whom / not in doubt / not necessarily / without contrast / without and with contrast
        with and without contrast / with or without / prior to|for / no {1} limitation* / history :
        known malignancy|cancer / non contrast|enhanced|gated|small|occlusive|obstructive|calcified|dilated
        not well opacified / may 1|2|3|4|5|6|7|8|9|#year / no contrast
        likely from|due|related|secondary / new from / not seen|evaluated on # image
      `),
  },
];
