/**
 * Labelling reports: 10,000 of them, put together at random from the development sentences and reports.
 *
 *     npm run bench -- label [characters]     mean length of a report, 1500 unless told
 *
 * No peer runs beside it: the field's rule systems are Python libraries that this repository does not install.
 */
import { Random } from "../src/random.ts";
import { labelReport } from "../src/reports/index.ts";
import { readCorpus } from "../test/reports/corpora.ts";

const reports = 10_000;
const rounds = 5;
/** One sentence in four speaks of emboli, denser than in most reports. */
const shareOnEmboli = 0.25;

const otherSentences = [
  "The heart is normal in size without pericardial effusion.",
  "There is mild dependent atelectasis at both lung bases.",
  "No enlarged mediastinal, hilar or axillary lymph nodes are seen.",
  "A 4 mm nodule in the left upper lobe is unchanged from the prior examination.",
  "The thoracic aorta is normal in caliber with mild atherosclerotic calcification.",
  "Limited views of the upper abdomen show a 2.1 cm cyst in the left kidney.",
  "Degenerative changes of the thoracic spine without an acute fracture.",
  "The central airways are patent; mild bronchial wall thickening.",
  "Small left pleural effusion with adjacent compressive atelectasis.",
  "Patchy ground-glass opacity in the right middle lobe may reflect infection.",
  "The thyroid gland is unremarkable.",
  "An endotracheal tube ends 4 cm above the carina.",
] as const;

export async function bench([length = "1500"]: readonly string[]): Promise<void> {
  const wanted = Number(length);
  const sentences = [...readCorpus("sentences-development.csv"), ...readCorpus("sentences-later.csv")].map(
    ({ text }) => text,
  );
  const whole = readCorpus("reports-development.csv").map(({ text }) => text);
  const texts = Array.from({ length: reports }, (_, index) => {
    const random = new Random(1, "bench label", index);
    let text = `${random.pick(whole)}\nFINDINGS:`;
    while (text.length < wanted) text += ` ${random.pick(random.chance(shareOnEmboli) ? sentences : otherSentences)}`;
    return text;
  });
  const characters = texts.reduce((sum, text) => sum + text.length, 0) / reports;
  console.log(`${reports} reports, ${Math.round(characters)} characters each on average`);
  for (let round = 1; round <= rounds; round++) {
    const started = performance.now();
    const before = process.cpuUsage();
    for (const text of texts) labelReport(text);
    const seconds = (performance.now() - started) / 1000;
    const cpu = process.cpuUsage(before).user / 1e6;
    console.log(
      `round ${round}: ${seconds.toFixed(2)} s (${cpu.toFixed(2)} s of one core), ${Math.round(reports / seconds)} reports/s`,
    );
  }
}
