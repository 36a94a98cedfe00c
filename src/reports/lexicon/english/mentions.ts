/**
 * What English reports call the disease, its findings, other emboli and the strained right heart; and where clots lie.
 *
 *     { kind: "septic", phrases: list(`septic [pulmonary] embol*`) }
 */
import { type Lexicon, list } from "../lexicon.ts";

export const mentions: Pick<Lexicon, "mentions" | "statements" | "abbreviatedDisease" | "sites" | "otherFindings"> = {
  mentions: [
    {
      kind: "pulmonary",
      phrases: list(`
        pe / embolus|emboli|embolism
        pulmonary [arterial|artery] embolus|emboli|embolism|embolic [disease|event*|burden|phenomen*]
        pulmonary [arterial|artery] thromboembol* [disease|event*] / thromboembolism|thromboembolic [disease|event*]
        thromboembolic filling defect* / embolic filling defect*
        pulmonary artery|arterial|arteries thrombus|thrombi|thrombosis|clot*
        saddle embolus|emboli|embolism|pe|thrombus|clot / pulmonary thrombosis|thrombus|thrombi
        embolic disease|occlusion|burden|material / thromboembolic [pulmonary] hypertension / cteph|cted
        pulmonary emboli and|or infarct*
      `),
    },
    {
      kind: "finding",
      phrases: list(`
        clot|thrombus|thrombotic|thromboembolic burden / burden of clot|thrombus
        filling defect* / intraluminal|endoluminal|intravascular filling|low defect* / intraluminal defect*
        intraluminal|endoluminal thrombus|thrombi|clot* / intraluminal [low] hypodensit*|attenuation
      `),
    },
    {
      kind: "clot",
      phrases: list(`
        thrombus|thrombi|thromboses / clot|clots / thrombosis / web|webs
        intravascular|linear|intraluminal web*|band* / thrombotic material
        occlusive thrombus|clot
      `),
    },
    { kind: "venous", phrases: list(`vte / venous thromboembol* [disease]`) },
    {
      kind: "septic",
      phrases: list(`
        septic [acute] [pulmonary] embol* [phenomena] / septic pe / septic pulmonary thromboembol* / septic thromboembol* / septic infarct*
      `),
    },
    { kind: "fat", phrases: list(`fat [pulmonary] embol* [syndrome] / fatty embol* / marrow embol*`) },
    {
      kind: "cement",
      phrases: list(`
        cement [pulmonary] emboli*|embolus|embolism / cement leak* / intravascular cement / cement material|fragment*|density / methylmethacrylate|pmma embol* / embolized|embolised cement
        cement pulmonary emboli*
      `),
    },
    { kind: "air", phrases: list(`air|gas|venous [air|gas] embol* / gas|air bubble* / gas|air locule*`) },
    {
      kind: "tumour",
      phrases: list(`
        tumour [pulmonary] embol*|thrombus|thrombi / bland|malignant tumour thrombus / malignant thrombus|embol*
        intravascular tumour / tumoral|neoplastic|metastatic embol*|thrombus / tumour in [the] pulmonary artery / tumour ingrowth|invasion
      `),
    },
    { kind: "amniotic", phrases: list(`amniotic [fluid] embol*`) },
    {
      kind: "arterial",
      phrases: list(`
        arterial embol* / emboli|embolus|embolism to [the] brain|kidney*|spleen|leg|legs|arm|arms|bowel / systemic [arterial] embol* / paradoxical embol* / cholesterol|cardiac|cardioembolic embol*
        atheroembol* / peripheral arterial embol*
      `),
    },
    {
      kind: "deep-vein",
      phrases: list(`
        dvt / deep vein|venous thrombos*|thrombus|thrombi / deep vein clot
        femoral|popliteal|iliac vein thrombos*|thrombus
      `),
    },
    {
      kind: "strain",
      phrases: list(`
        right heart strain|dysfunction|failure|overload / right sided heart|cardiac strain
        right ventric* strain|dysfunction|overload|failure / rv strain|dysfunction|overload
        right heart or|and right ventric* strain / heart strain
        right ventric* [and|or] [right] [atrial] enlargement|dilat*
        enlarged|dilated|enlargement|dilatation|dilation [of] [the] right ventric*|heart|atrium / rv dilat*|enlarge*
        right ventric* is|are|appears|remains [markedly|mildly|moderately|severely|also] enlarged|dilated
        right atrium and [right] ventricle {3} enlarged|dilated / rv [is] [mildly] enlarged|dilated
        bowing|flattening|flattened|straightening|deviation {2} [interventricular|ventricular] septum
        septal bowing|flattening|straightening / bowing|flattening|straightening of [the] septum
        right heart|ventric* [is|appears|looks] [not|mildly|visibly|clearly|slightly] strained|overloaded|burdened / rv strained / strain of [the] right heart|ventric*|side / right heart|ventric* borderline|minimally|slightly|possibly|perhaps|questionably {2} enlarged|dilated|size|large|wide
        right ventric* {2} wider|larger|bigger|greater than [the] left / septum {3} straightened|flattened|bowed|displaced|shifted|deviates|bulges|bulging|bows / d shaped [left|septum] / right ventric* [is|appears|looks] [possibly|perhaps|probably|slightly|mildly|clearly|markedly|massively|borderline|not|also|moderately|severely] enlarged|dilated|distended|wide|widened
        right ventric* borderline / rv borderline / rv [is|appears] [not|mildly|possibly|borderline|slightly|markedly|also] dilated|enlarged|widened|large
        dilated|enlarged|large|widened|distended right heart|ventric*|chambers / dilatation|dilation|enlargement|widening of [the] right heart|ventric*|chambers / cor pulmonale / paradoxical septal / [interventricular] septal shift|deviation|displacement
        right ventric* is borderline enlarged|dilated / signs of cor pulmonale / acute cor pulmonale
      `),
    },
    {
      kind: "none",
      phrases: list(`
        pe|embolism|embolus protocol|study|ct|cta|scan|exam|examination|imaging|rule|workup|pathway|wells|algorithm|tube*|response|team
        pe pretest|probability|prevalence|likelihood|suspicion / pulmonary embolism|embolus|emboli|thromboembolism pretest|probability|prevalence|likelihood|suspicion
        pulmonary thromboembolism study|protocol|ct|exam / pulmonary embolism|embolus|emboli protocol|study|ct|cta|scan|exam|examination|imaging|technique|workup|rule|severity
        embolization|embolisation|embolized|embolised|embolectomy|thromboembolectomy / ct chest pe|pe / chest ( pe )
        on pe ,|the|she|he|there|patient|exam|lungs|he|pt / pe exam|physical / for pe|embolism dated
        pe prophylaxis|response|ppx / thromboembol* risk|prophylaxis|prevention / vte|dvt prophylaxis|risk|ppx / embolic risk
        embolic stroke|infarct*|cva|phenomena / pectus excavatum / web site|based|address / clotting|clotted
        blood clotting / embolic agent|coil*|protection
        dvt ultrasound|study|scan|doppler|protocol / thrombus|clot removal|retrieval / bullet|missile|foreign embol* / foreign body embol* / strut|device|fragment|wire embol*
        plaque embol* / embolus|emboli|clot|thrombus from the leg|legs|pelvis|deep|calf / non thrombotic / pulmonary arter* [are|is] [of] normal in|caliber|size / air|gas in [the] pulmonary artery
        filling defect* in the bowel|stomach|colon
      `),
    },
  ],
  statements: [
    {
      kind: "pulmonary",
      state: "absent",
      phrases: list(`
        normal|negative|unremarkable {1} ct pulmonary angio* / normal|negative|unremarkable ctpa|cta|cpa
        negative pe|embolism|embolus study|ct|cta|scan|exam|examination|protocol
        negative pulmonary embol* study|ct|cta|scan|exam|examination|protocol / normal pe study
        pe|embolism|embolus [protocol] study|ct|cta|scan|exam|examination [of] [the] [chest] [:|is|was] [also] negative|normal / pe|embolism [protocol] study|ct|cta|scan|exam|examination is|was within normal / pulmonary angiogram [:|is|was] normal|negative|unremarkable
        ct|cta|scan|study|exam|examination is negative $ / negative ct|cta|scan $
       
        ctpa [:|is|was] negative [for] pe|embolus|emboli|embolism / ctpa [:|is|was] negative [for] pulmonary embol* /
        ctpa [:|is|was] negative|normal|unremarkable / ct pulmonary angio* [:|is|was] negative|normal|unremarkable
        no pe|embol* study abnormality
        normal|negative|unremarkable ct angio* [of] [the] [chest|pulmonary|thorax] [arteries] / normal|negative pulmonary angio* / pulmonary arteries show no {1} abnormality
      `),
    },
    {
      kind: "pulmonary",
      state: "absent",
      ofVessels: true,
      phrases: list(`
        unremarkable|patent|normal pulmonary arteries|vasculature|vessels $
        patent|clear pulmonary arteries {2} to|throughout|down|bilaterally|at|on|in / [widely] patent [central] pulmonary arteries|arterial
        pulmonary arteries|vasculature|vessels [is|are|appear|:] [all] [widely|well|fully|normally|grossly|homogeneously] [opacified|opacify] [and|,] [widely] patent|unremarkable|clear
        pulmonary arteries|vessels [are|:] [all] open|patent|clear|free
        pulmonary arterial tree|system|branches|circulation [is|are|:] [well|fully|widely] [opacified] [and|,] patent|unremarkable|clear
        main|lobar|segmental {4} arteries|branches [are|is|:] [all] [widely] patent|open|clear
        trunk|main {4} arteries|branches are [all] [widely] patent|open|clear
        pulmonary arteries are|appear normal $ / pulmonary arteries and aorta [are|appear] normal|patent|unremarkable
        aorta|vessels and pulmonary arteries [are|appear] normal|patent|unremarkable
        pulmonary arteries : normal|patent|unremarkable|clear $
        patency of the pulmonary arteries / pulmonary arteries opacify|enhance|fill normally|homogeneously|well
        patency of {4} pulmonary arter* / pulmonary arter* {6} remain|remains [fully|widely|all] patent|open
        no abnormality of|in the pulmonary arteries|vasculature
      `),
    },
    {
      kind: "pulmonary",
      state: "present",
      phrases: list(`
        positive pe|embolism|embolus study|ct|cta|scan|exam|examination
        positive pulmonary embol* study|ct|cta|scan|exam|examination
        pe|embolism|embolus [protocol] study|ct|cta|scan|exam|examination [is|was|:] positive [$] / positive ctpa
        ctpa [is|was|:] positive $ / abnormal ctpa with
      `),
    },
    {
      kind: "strain",
      state: "absent",
      phrases: list(`
        no [ct] [features|signs|evidence] of rv|right ventric*|heart compromise
        right ventric* [is] [of] normal in|size / right heart chambers [are] normal
      `),
    },
  ],
  abbreviatedDisease: {
    word: "pe",
    otherwiseBy: list(`
      pleural effusion / passive|compression|compressive|relaxation collapse|atelectasis / serous|haemorrhagic|hemorrhagic|purulent|exudat*|transudat*
      drain|drains|drainage|aspirated|tapped|tap|punctur* / litre|liter|litres|ml of / re expand*|reexpand* / collapse of the lower|lung / cm deep|thick
      auscultation|palpation|percussion|tender|nontender / heart sounds / rales|wheeze|wheezes|calves|murmur*|crackles|jvp|supple / clear to
      meniscus / fluid level
      layering|layers / loculat* / pleural fluid|space|cavity|drain*|catheter / thoracentesis
      compressive atelectasis / adjacent atelectasis / overlying atelectasis / associated atelectasis / simple fluid
      blunting / costophrenic / chest tube / pigtail / hemithorax / tamponade / pericardiocentesis / tracking
      drained / effusion ( pe ) / effusions ( pe ) / excavatum ( pe ) / examination ( pe ) / exam ( pe )
      edema ( pe )
    `),
    unlessWith: list(`
      acute|chronic|subacute / segmental|subsegmental|lobar|saddle|central / lobe pe / clot* / filling / thromb*
      embol* / evidence / no pe / negative for pe / arter* / without pe / dvt
    `),
  },
  sites: [
    {
      site: "pulmonary",
      phrases: list(`
        pulmonary arter*|vascul*|circulation|trunk|vessel*|tree|branch* / main|right|left pa|pas / pa|pas
        lobe|lobes|lobar|interlobar / segmental|subsegmental
        interlobar|segmental|subsegmental branch*|arter*|vessel* / lingula|lingular / truncus
        lung|lungs|intrapulmonary / pulmonary / segment|segments / hilar|hilum arter*|vessel* / basal|basilar
        saddle
      `),
    },
    {
      site: "deep-vein",
      phrases: list(`
        femoral|popliteal|iliac|subclavian|jugular|axillary|brachiocephalic|innominate|tibial|peroneal|calf|saphenous|gonadal|ovarian [vein*]
        common femoral|iliac [vein*] / deep vein*|venous / lower|upper extremit* / leg|legs|thigh|calf
        peripheral vein*
      `),
    },
    {
      site: "arterial",
      phrases: list(`
        mesenteric arter* / superior|inferior mesenteric arter* / sma|ima|celiac|coeliac
        splenic|renal|hepatic|carotid|vertebral|iliac|femoral|brachial|coronary|cerebral|bronchial|retinal arter*
        aorta|aortic / systemic / brain|cerebral|carotid / kidney*|renal|spleen|splenic / lower extremity arter*
      `),
    },
    {
      site: "elsewhere",
      phrases: list(`
        svc|ivc|superior|inferior vena cava / svc|ivc / vena cava
        portal|mesenteric|splenic|renal|hepatic|gonadal|azygos|azygous|pulmonary vein*|venous / portal
        superior|inferior mesenteric vein / atrium|atrial|appendage|ventricle / ventricular apex
        right|left atrial [appendage] / apex of the left ventricle
        bladder|ureter*|collecting|calyx|calyces / renal pelvis / bronch*|trache*|endobronchial|airway* / lobe bronch*
        stomach|bowel|colon|duoden*|gastric|duct|ducts|biliary|esophag*|oesophag*|gallbladder / sinus|sinuses
        pulmonary artery catheter|line|balloon|band / swan ganz / wall of the aorta / cardiac chamber* / trabecul* / papillary / ventric* / lv|rv apex|thrombus|clot
        picc|catheter|port|tip|tubing|sheath|cannula|electrode*|valve|annulus|line|lead|leads|pacemaker|ecmo|filter / graft|stent|fistula|shunt / pulmonary vein|veins
        lobe vein* / aneurysm|sac
      `),
    },
  ],
  otherFindings: list(`
    fluid|air|gas / haematoma|hematoma|contusion|laceration|injury|haemorrhage|hemorrhage|bleeding / narrowing|stenosis|transection / ascites / thickening|bronchiectasis / disease|process|abnormality|infection|metastas* / trachea|oesophagus|esophagus|coronar*|root|pericardium|pericardial|pleura|pleural|spleen|gallbladder|stones|goitre|goiter|bone|bones|rib|ribs|vertebra*
    flap|leak|ulcer|congestion|infiltration|mucus|bronchitis|tumour|metastasis|metastases|malignancy|shunt|plaque|plaques|thickened|dilated|pancreas|duct|foreign
    effusion|effusions / nodule|nodules|mass|masses|lesion*
    consolidation*|opacit*|opacification|pneumonia|infiltrate*|atelectasis|collapse|ground / infarct*
    pneumothorax|edema|emphysema|fibrosis|scarring / node|nodes|lymphadenopathy|adenopathy / fracture* / cyst|cysts
    hernia / cardiomegaly|calcification*|aneurysm|dissection / heart|ventricle|ventricular|atrium|strain
    hypertension / kidney|adrenal|breast|liver|thyroid / vein|veins / side clear
  `),
};
