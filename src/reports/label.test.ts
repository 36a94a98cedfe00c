import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeReportText, labelReport } from "./index.ts";

const labelOf = (text: string) => labelReport(text).label;

describe("sections", () => {
  test("indication, history, technique and comparison do not count", () => {
    const text =
      "INDICATION: PE.\nHISTORY: Saddle embolus in 2012.\nTECHNIQUE: PE protocol.\nCOMPARISON: CT with bilateral PE.\n";
    expect(labelOf(text)).toBe("not-mentioned");
    expect(labelOf(`${text}FINDINGS: No filling defect.`)).toBe("absent");
  });

  test("the impression outweighs the findings", () => {
    expect(labelOf("FINDINGS: Filling defect in the RLL.\nIMPRESSION: No PE.")).toBe("absent");
    expect(labelOf("FINDINGS: No PE.\nIMPRESSION: Acute PE.")).toBe("present");
  });

  test("a denial of acute or central emboli alone does not unsay a chronic or a peripheral one in the findings", () => {
    expect(labelOf("FINDINGS: Chronic web in a right lower lobe artery.\nIMPRESSION: No acute PE.")).toBe("present");
    expect(labelOf("FINDINGS: Subsegmental embolus in the LLL.\nIMPRESSION: No central PE.")).toBe("present");
  });

  test("an addendum overrides the report, wherever it stands, and the later one the earlier", () => {
    const report = "FINDINGS: No PE.\nIMPRESSION: No PE.\n";
    expect(labelOf(`${report}\nADDENDUM: On review there is a segmental PE.`)).toBe("present");
    expect(labelOf(`ADDENDUM BY DR. LEE 1/2/2020 10:15:\nThere is a segmental PE.\nEND OF ADDENDUM\n${report}`)).toBe(
      "present",
    );
    expect(labelOf(`${report}ADDENDUM: There is PE.\nADDENDUM 2: No PE after all.`)).toBe("absent");
  });

  test("a preliminary reading gives way to the final one", () => {
    expect(labelOf("WET READ: PE in the RLL.\nFINAL REPORT: No PE.")).toBe("absent");
    expect(labelOf("WET READ: PE in the RLL.")).toBe("present");
  });
});

describe("modifiers", () => {
  test("reach forward or backward, and end at a conjunction", () => {
    expect(labelOf("No pneumothorax, effusion or pulmonary embolism.")).toBe("absent");
    expect(labelOf("No pneumothorax, but pulmonary embolism in the right lower lobe.")).toBe("present");
    expect(labelOf("Pulmonary embolism is not seen.")).toBe("absent");
    expect(labelOf("Pulmonary embolism is seen, however an infarct is not seen.")).toBe("present");
  });

  test("that only look like a denial do not deny", () => {
    for (const text of ["No change in the emboli.", "No increase in clot burden.", "There is no doubt: PE."]) {
      expect(labelOf(text)).toBe("present");
    }
    expect(labelOf("PE is not excluded.")).toBe("uncertain");
  });

  test("tell the past from what persists of it", () => {
    expect(labelOf("Prior PE.")).toBe("not-mentioned");
    expect(labelOf("Prior PE is unchanged.")).toBe("present");
    expect(labelReport("Prior PE has resolved.")).toMatchObject({ label: "absent", resolved: true });
    expect(labelOf("Partial resolution of the prior PE.")).toBe("present");
  });

  test("of likelihood make a label present and less confident, of possibility uncertain", () => {
    const sure = labelReport("PE in the right lower lobe.");
    const likely = labelReport("Likely PE in the right lower lobe.");
    expect(likely).toMatchObject({ label: "present", certainty: "probable" });
    expect(likely.confidence).toBeLessThan(sure.confidence);
    expect(labelReport("Possible PE in the right lower lobe.")).toMatchObject({ label: "uncertain", confidence: 0.5 });
  });
});

describe("a mention in passing", () => {
  const remarks = [
    "Discussed with Dr. Smith regarding PE.",
    "Dr. Smith was notified of the PE result by phone.",
    "D-dimer may be elevated for reasons other than PE.",
    "Contacted about PE.",
    "Notified Dr. R. Lee of PE at 10:15.",
    "Discussed with Dr. J. R. Smith concerning pulmonary embolism.",
    "PE findings were called to the ED.",
    "Symptoms are due to causes other than PE.",
    "This was requested to rule out PE.",
    "There was concern for PE.",
  ];

  test("of what somebody was told or asked is no answer, so a closing remark leaves a denial as it was", () => {
    for (const remark of remarks) {
      expect(labelReport(`IMPRESSION: No evidence for PE. ${remark}`), remark).toMatchObject({
        label: "absent",
        confidence: 0.97,
      });
      expect(labelOf(`No PE. ${remark}`), remark).toBe("absent");
      expect(labelOf(`FINDINGS: Filling defects in the RLL.\nIMPRESSION: ${remark}`), remark).toBe("present");
      expect(labelOf(`IMPRESSION: Acute PE in the RLL. ${remark}`), remark).toBe("present");
    }
  });

  test("counts where it knows more than the question: a level, a side, an age, that it is new, or that there is none", () => {
    expect(labelOf("Dr. A was informed about the bilateral pulmonary emboli.")).toBe("present");
    expect(labelOf("Dr. A was called about a new PE.")).toBe("present");
    expect(labelOf("Regarding PE: positive.")).toBe("present");
    expect(labelOf("Dr. A was notified of the absence of PE.")).toBe("absent");
    expect(labelOf("PE status indeterminate.")).toBe("uncertain");
  });

  test("beside a firm denial leaves the answer open, whatever its words", () => {
    for (const denial of ["No PE.", "No acute PE.", "No filling defects."]) {
      for (const remark of [
        "Embolism was on the mind of the team.",
        "Discussed with Dr. Smith regarding bilateral PE.",
        "Acute dyspnea, which the clinical team thought PE.",
      ]) {
        expect(labelReport(`IMPRESSION: ${denial} ${remark}`)).toMatchObject({ label: "uncertain", confidence: 0.5 });
      }
    }
  });

  test("is an answer where nothing denies it, or only emboli of another sort are denied", () => {
    for (const text of [
      "Pulmonary embolism.",
      "Pulmonary emboli. No right heart strain.",
      "Embolus. No central PE.",
      "Pulmonary emboli. No filling defect in the main pulmonary artery.",
      "Pulmonary embolism. No other emboli.",
      "Chronic emboli. No acute PE.",
      "Embolus in the RLL. No PE elsewhere.",
    ]) {
      expect(labelOf(`IMPRESSION: ${text}`), text).toBe("present");
    }
  });

  test("in the impression against a denial in the findings stays below the default threshold of a cohort", () => {
    const { label, confidence } = labelReport("FINDINGS: No PE.\nIMPRESSION: Embolism was on the mind of the team.");
    expect(label).toBe("present");
    expect(confidence).toBeLessThan(0.7);
  });

  test("is on no side by the initial of a name", () => {
    expect(labelReport("IMPRESSION: Pulmonary embolism, seen by Dr. R. Lee.").side).toBe("unspecified");
    expect(labelReport("IMPRESSION: Pulmonary embolism, R lower lobe.").side).toBe("right");
  });
});

describe("mentions", () => {
  test("a clot belongs to the place it lies in", () => {
    expect(labelOf("Thrombus in the right lower lobe pulmonary artery.")).toBe("present");
    expect(labelReport("Thrombus in the femoral vein.")).toMatchObject({
      label: "not-mentioned",
      otherEmboli: [{ kind: "deep-vein", state: "present" }],
    });
    expect(labelOf("Filling defect in the left atrial appendage.")).toBe("not-mentioned");
  });

  test("PE as an effusion or a physical examination is none", () => {
    expect(labelOf("Small bilateral PE, layering, with compressive atelectasis.")).toBe("not-mentioned");
    expect(labelOf("Pericardial effusion (PE). The PE measures 2 cm.")).toBe("not-mentioned");
    expect(labelOf("PE: lungs clear, heart regular.")).toBe("not-mentioned");
  });

  test("emboli of other kinds are kept apart", () => {
    expect(labelReport("Septic emboli and fat embolism. No pulmonary embolus.")).toMatchObject({
      label: "absent",
      otherEmboli: [
        { kind: "septic", state: "present" },
        { kind: "fat", state: "present" },
      ],
    });
  });

  test("mistyped key words are understood", () => {
    expect(labelOf("Pulmonary emoblism in the RLL.")).toBe("present");
    expect(labelOf("No pulmonary embolsim.")).toBe("absent");
  });
});

test("age, level, side, quality, strain and subsegmental-only come with the label, and evidence in the report's words", () => {
  const text =
    "FINDINGS: Motion limits the study. RV/LV ratio is 1.3.\nIMPRESSION: Acute PE in a subsegmental RLL branch.";
  expect(labelReport(text)).toMatchObject({
    label: "present",
    acuity: "acute",
    location: "subsegmental",
    subsegmentalOnly: true,
    side: "right",
    quality: "limited",
    rightHeartStrain: "present",
    evidence: [
      { mention: "PE", state: "present", section: "impression", sentence: "Acute PE in a subsegmental RLL branch." },
    ],
  });
  expect(labelReport("No evidence of PE.").evidence).toEqual([
    { mention: "PE", modifier: "No evidence of", sentence: "No evidence of PE.", section: "body", state: "absent" },
  ]);
});

test("ticked boxes of a form count and unticked ones do not", () => {
  expect(labelOf("Pulmonary embolism: [x] Present [ ] Absent [ ] Indeterminate")).toBe("present");
  expect(labelOf("Pulmonary embolism: [ ] Present [x] Absent [ ] Indeterminate")).toBe("absent");
  expect(labelOf("Pulmonary embolism: \u2610 Present \u2610 Absent \u2611 Indeterminate")).toBe("uncertain");
});

describe("whatever the text", () => {
  const words = [
    ..."no not PE emboli ? : . , ; ( ) [x] [ ] \n - + without ruled out excluded IMPRESSION: ADDENDUM HISTORY:".split(
      " ",
    ),
    ..."prior resolved cannot be seen and or but 1. 2019 RV/LV ratio 1.2 \u0130 \ud800 \u0000 \ufeff thrombus in the vein".split(
      " ",
    ),
  ];

  test("labelling never throws, and gives one of four labels with a confidence from 0 to 1", () => {
    const texts = fc.oneof(
      fc.string({ unit: "binary", maxLength: 300 }),
      fc.array(fc.constantFrom(...words), { maxLength: 80 }).map((parts) => parts.join(" ")),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const { label, confidence } = labelReport(text);
        expect(["present", "absent", "uncertain", "not-mentioned"]).toContain(label);
        expect(confidence >= 0 && confidence <= 1).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  test("bytes of any encoding become text, and what was written comes back", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        labelReport(decodeReportText(bytes));
      }),
    );
    const text = "Lungenembolie — nicht sicher auszuschließen; no PE.";
    const utf16 = (bigEndian: boolean) =>
      Uint8Array.from(
        [...text].flatMap((letter) => {
          const code = letter.charCodeAt(0);
          return bigEndian ? [code >> 8, code & 255] : [code & 255, code >> 8];
        }),
      );
    expect(decodeReportText(new TextEncoder().encode(text))).toBe(text);
    expect(decodeReportText(utf16(false))).toBe(text);
    expect(decodeReportText(utf16(true))).toBe(text);
    expect(decodeReportText(Uint8Array.from([0x63, 0x61, 0x66, 0xe9, 0x20, 0x93, 0x50, 0x45, 0x94]))).toBe(
      "caf\u00e9 \u201cPE\u201d",
    );
  });

  test("nothing is too long or too empty, and time stays in proportion to length", () => {
    expect(labelOf("")).toBe("not-mentioned");
    const repeated = (part: string) => part.repeat(Math.ceil(30_000 / part.length));
    for (const part of [
      " ",
      "\n",
      "a",
      ". ",
      "no ",
      "PE ",
      "[ ]",
      "history:\n",
      "addendum\n",
      "ct\n",
      "? ",
      "not can may ",
    ]) {
      // Processor time, which does not depend on what else the machine does.
      const before = process.cpuUsage();
      labelReport(repeated(part));
      expect(process.cpuUsage(before).user, JSON.stringify(part)).toBeLessThan(10_000_000);
    }
  });
});
