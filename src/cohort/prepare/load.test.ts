import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { toNrrd, toyChest } from "../../../test/toy-chest.ts";
import { ctSeries, ctSeriesUids } from "../../volume/dicom-write/index.ts";
import { nodeDecoder } from "../../volume/node/index.ts";
import type { CohortStudy } from "../manifest.ts";
import { loadStudy, sourceFingerprint } from "./load.ts";

const uids = [0, 1].map((seed) => ctSeriesUids({ seed, name: "toy" }));
const study = (more: Partial<CohortStudy>): CohortStudy => ({
  ...{ id: "a", patient: null, hospital: null, series: "both", label: null, annotations: [], split: null },
  ...more,
});

let folder: string;
const decoder = nodeDecoder(1);
const load = (more: Partial<CohortStudy>) => loadStudy(study(more), folder, { decoder });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "embolens-load-"));
  for (const name of ["both", "nrrd"]) await mkdir(join(folder, name));
  for (const seed of [0, 1]) {
    for (const { fileName, bytes } of ctSeries(toyChest(seed), { seed, name: "toy" })) {
      await writeFile(join(folder, "both", `${seed}-${fileName}`), bytes);
    }
    await writeFile(join(folder, "nrrd", `${seed}.nrrd`), toNrrd(toyChest(seed)));
  }
});
afterAll(async () => {
  await decoder.close();
  await rm(folder, { recursive: true });
});

it("a folder of several studies gives the one that the cohort names, whichever shows more of the lungs", async () => {
  for (const uid of uids) {
    const { chest } = await load({ studyInstanceUID: uid.study });
    expect(chest.series.studyInstanceUid).toBe(uid.study);
  }
  const { chest } = await load({ seriesInstanceUID: uids[1]!.series });
  expect(chest.series.studyInstanceUid).toBe(uids[1]!.study);
});

it("a path that leads to another study's files is refused, naming both studies", async () => {
  await expect(load({ studyInstanceUID: "1.2.3" })).rejects.toMatchObject({
    code: "series-none",
    message: expect.stringContaining(`both holds no study 1.2.3 but ${uids[0]!.study}`),
  });
  const other = { studyInstanceUID: uids[0]!.study, seriesInstanceUID: uids[1]!.series };
  await expect(load(other)).rejects.toMatchObject({ code: "series-none" });
});

it("several studies in one place, and nothing that says which is meant, are refused with the way out", async () => {
  await expect(load({})).rejects.toMatchObject({
    code: "cohort-invalid",
    message: expect.stringMatching(/both holds 2 studies: /),
    hint: expect.stringContaining('give "a" a "studyInstanceUID"'),
  });
  // Formats without identifiers: every file is a study, and a named file is checked no further.
  await expect(load({ series: "nrrd" })).rejects.toMatchObject({ code: "cohort-invalid" });
  const { chest } = await load({ series: "nrrd/1.nrrd", studyInstanceUID: "1.2.3" });
  expect(chest.series.studyInstanceUid).toBe("");
});

it("a study is prepared again when the cohort says that another one is meant", async () => {
  const before = await sourceFingerprint(study({}), folder);
  expect(await sourceFingerprint(study({ studyInstanceUID: uids[0]!.study }), folder)).not.toBe(before);
  expect(await sourceFingerprint(study({ split: "test" }), folder)).toBe(before);
});
