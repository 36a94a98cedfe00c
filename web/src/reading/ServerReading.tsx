/** Reads a study that the server keeps. */
import { useEffect, useState } from "preact/hooks";
import {
  giveVerdict,
  saveAnnotation,
  saveMeasurements,
  studyAnnotation,
  studyAttention,
  studyDetail,
  studyMeasurements,
  studyObjects,
  studyVerdicts,
  studyVolume,
} from "../api.ts";
import { Reading, type ReadingSubject } from "./Reading.tsx";
import { giveBeside } from "./verdicts.ts";

export default function ServerReading({ id }: { readonly id: string }) {
  const [subject, setSubject] = useState<ReadingSubject | undefined>();
  const [problem, setProblem] = useState<string | undefined>();
  useEffect(() => {
    load(id, setSubject).catch((error: unknown) => setProblem(error instanceof Error ? error.message : String(error)));
  }, [id]);
  if (problem) {
    return (
      <p class="alert" role="alert">
        The study can’t be opened: {problem}
      </p>
    );
  }
  return subject ? <Reading subject={subject} /> : <p class="waiting">Loading the study …</p>;
}

async function load(id: string, show: (subject: ReadingSubject) => void): Promise<void> {
  let [{ study, diagnosis }, given] = await Promise.all([studyDetail(id), studyVerdicts(id)]);
  const [ct, attention] = await Promise.all([studyVolume(id), diagnosis ? studyAttention(id) : null]);
  const volume = { ...ct, warnings: [] };
  const server = {
    read: () => studyVerdicts(id),
    give: (verdict: Parameters<typeof giveVerdict>[1], version: string) => giveVerdict(id, verdict, version),
  };
  const shown = (): ReadingSubject => ({
    title: study.patient.name || "No name",
    subtitle: [study.patient.id, study.date, study.description, study.hospital].filter(Boolean).join(" · "),
    volume,
    diagnosis,
    attention,
    kept: {
      study,
      verdicts: given.verdicts,
      annotation: () => studyAnnotation(id),
      saveAnnotation: async (annotation, base) => {
        const saved = await saveAnnotation(id, annotation, base);
        study = saved.study;
        show(shown());
        return saved.version;
      },
      seriesInstanceUID: ct.seriesInstanceUID,
      measurements: (reader) => studyMeasurements(id, reader),
      saveMeasurements: (reader, measurements, base) => saveMeasurements(id, reader, measurements, base),
      objects: () => studyObjects(id),
      giveVerdict: async (verdict) => {
        const answer = await giveBeside(server, given, verdict);
        given = answer.given;
        show(shown());
        return answer.between;
      },
    },
  });
  show(shown());
}
