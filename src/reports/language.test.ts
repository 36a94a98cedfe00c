import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { readCorpus, readShortReports } from "../../test/reports/corpora.ts";
import { compileLexicon, english, labelReport, labelTable } from "./index.ts";
import { isForeign } from "./language.ts";

const lexicon = compileLexicon(english);

const foreign = [
  "Non si apprezzano emboli nelle arterie polmonari.",
  "Geen aanwijzingen voor PE.",
  "Kein Nachweis einer PE.",
  "Pas d'embolie pulmonaire. Pas de PE.",
  "Pas d’embolie pulmonaire. Pas de PE.",
  "Sem evidência de PE.",
  "Sem evidencia de PE.",
  "No hay evidencia de PE.",
  "Inga emboli i lungartärerna.",
  "Ingen PE.",
  "Ikke påvist PE i høyre lunge.",
  "Keuhkovaltimoissa ei PE:tä.",
  "Brak cech PE.",
  "Plicní tepny volné, PE neprokázána.",
  "Nem látható PE.",
  "Fără PE.",
  "PE saptanmadı.",
  "Δεν παρατηρείται PE.",
  "Признаков PE нет.",
  "未见PE。",
];

test("a report in another language gets no label, and says that it was not read", () => {
  for (const text of foreign) {
    expect(labelReport(text), text).toMatchObject({
      label: "not-mentioned",
      notRead: "language",
      confidence: 0,
      evidence: [],
    });
  }
  const row = labelTable([{ id: "A", ...labelReport("Kein Nachweis einer PE.") }]).split("\n")[1];
  expect(row).toBe("A,not-mentioned,0,,,,,,not-stated,not-mentioned,,,,,language");
});

test("English headings around another language do not make it English", () => {
  expect(isForeign("FINDINGS: Er zijn geen emboli zichtbaar.\nIMPRESSION: Geen PE.", lexicon)).toBe(true);
  expect(isForeign("Keine Zeichen einer PE. No PE.", lexicon)).toBe(true);
});

test("a longer text of which hardly a word is known is in another language, though in none that has a list", () => {
  const albanian = "Nuk verehen shenja te PE ne arteriet e mushkerive te djathta dhe te majta as ne deget";
  expect(isForeign(albanian, lexicon)).toBe(true);
});

test("telegraphic English stays English, and so do names, abbreviations, and signs of other languages in it", () => {
  for (const text of [
    "IMPRESSION: Bilateral PE. RV strain.",
    "Bilateral PE",
    "PE",
    "",
    "? PE",
    "Saddle PE, RHS, BNP 400",
    "IMP: PE RLL LLL. DVT R leg.",
    "Main PAs patent. ETT, BAL, AV fistula, IM nail, LOS 3, Las Vegas, et al.",
    "Dr. van der Berg, Dr. De La Cruz and Dr. Müller notified. No PE.",
    "α1-antitrypsin deficiency, nodule of 5 µm. No PE.",
    "Klinik für Radiologie. IMPRESSION: No evidence of PE.",
    "Cholecystectomy. Hepatic steatosis. Spondylosis, osteophytosis. Diverticulosis. Renal cysts. Tracheostomy. PE.",
  ]) {
    expect(labelReport(text).notRead, text).toBeNull();
  }
});

test("no English sentence or report of the corpora is taken for another language", () => {
  const names = ["sentences-development", "reports-development", "sentences-held-out", "reports-held-out"];
  const rows = [...names, "sentences-later", "sentences-fresh"].flatMap((name) => readCorpus(`${name}.csv`));
  expect(rows.length).toBeGreaterThan(1400);
  expect(rows.filter(({ text }) => isForeign(text, lexicon)).map(({ id }) => id)).toEqual([]);
});

test("a text that is one word of a million letters is judged at once", () => {
  const started = process.cpuUsage();
  expect(isForeign("embolie".repeat(150_000), lexicon)).toBe(true);
  expect(process.cpuUsage(started).user / 1e6).toBeLessThan(2);
});

describe("a report of a few words", () => {
  const all = readShortReports();
  const textsIn = (language: string) => all.flatMap((row) => (row.language === language ? [row.text] : []));
  const others = [...new Set(all.map(({ language }) => language))].filter((language) => language !== "en");
  /** Two reports of one language, and how a hospital may have written them down. */
  const pairs = (language: string) =>
    fc.tuple(
      ...([fc.constantFrom(...textsIn(language)), fc.constantFrom(...textsIn(language))] as const),
      fc.constantFrom(" ", "\n", "\n\n"),
    );

  it.each(others)(
    "in %s gets no label, whether it is one or two of them, in capitals or without accents",
    (language) => {
      expect(textsIn(language).length).toBeGreaterThan(30);
      for (const text of textsIn(language)) {
        const { label, notRead } = labelReport(text);
        expect({ text, label, notRead }).toEqual({ text, label: "not-mentioned", notRead: "language" });
      }
      fc.assert(
        fc.property(pairs(language), fc.boolean(), ([one, other, between], capitals) => {
          const text = `${one}${between}${other}`;
          return isForeign(capitals ? text.toUpperCase() : text, lexicon);
        }),
        { numRuns: 300 },
      );
    },
  );

  it("under an English heading is still in its own language", () => {
    for (const { text, language } of all) {
      if (language !== "en") expect(isForeign(`IMPRESSION: ${text}`, lexicon), text).toBe(true);
    }
  });

  it("in English shorthand is read, in small letters and in capitals, and so are two of them", () => {
    fc.assert(
      fc.property(pairs("en"), ([one, other, between]) => !isForeign(`${one}${between}${other}`, lexicon)),
      { numRuns: 1000 },
    );
    for (const text of textsIn("en")) {
      for (const written of [text, text.toLowerCase(), text.toUpperCase()]) {
        expect(labelReport(written).notRead, written).toBeNull();
      }
    }
  });

  it.each([
    ["No PE.", "absent"],
    ["no pe", "absent"],
    ["CTA chest: neg for PE", "absent"],
    ["Neg PE study", "absent"],
    ["PE ruled out.", "absent"],
    ["s/p cabg, no pe", "absent"],
    ["Limited study.", "not-mentioned"],
    ["Unremarkable.", "not-mentioned"],
    ["Bilat PE.", "present"],
    ["RLL PE", "present"],
    ["Saddle PE w/ RV strain", "present"],
    ["Filling defect LLL", "present"],
    ["PE unlikely.", "absent"],
    ["Poss RLL PE", "uncertain"],
    ["Nondiagnostic.", "uncertain"],
  ] as const)("in English shorthand keeps its label: %s", (text, label) => {
    expect(labelReport(text)).toMatchObject({ label, notRead: null });
  });
});
