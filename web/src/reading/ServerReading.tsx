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
import { Reading } from "./Reading.tsx";
import { heardOf, subscribeToStudy } from "./study-updates.ts";
import type { ReadingSubject } from "./subject.ts";
import { giveBeside } from "./verdicts.ts";

export default function ServerReading({ id }: { readonly id: string }) {
  const [subject, setSubject] = useState<ReadingSubject | undefined>();
  const [problem, setProblem] = useState<string | undefined>();
  useEffect(() => {
    let stop = () => {};
    let left = false;
    const show = (loaded: ReadingSubject) => {
      if (!left) setSubject(loaded);
    };
    load(id, show).then(
      (following) => {
        if (left) following();
        else stop = following;
      },
      (error: unknown) => setProblem(error instanceof Error ? error.message : String(error)),
    );
    return () => {
      left = true;
      stop();
    };
  }, [id]);
  useEffect(() => {
    if (subject) document.title = `${subject.title} · Embolens`;
  }, [subject?.title]);
  if (problem) {
    return (
      <main class="refusal">
        <p class="alert" role="alert">
          The study can’t be opened: {problem}
        </p>
        <p>
          <a href="#/">Back to the worklist</a>
        </p>
      </main>
    );
  }
  return subject ? <Reading subject={subject} /> : <p class="waiting">Loading the study …</p>;
}

/** @returns how to stop hearing of the study */
async function load(id: string, show: (subject: ReadingSubject) => void): Promise<() => void> {
  let [{ study, diagnosis }, given] = await Promise.all([studyDetail(id), studyVerdicts(id)]);
  const [ct, attention] = await Promise.all([
    studyVolume(id).catch((error: unknown) => {
      // Why the study was refused says more than that no series of it can be shown.
      throw study.reason ? new Error(study.reason.message, { cause: error }) : error;
    }),
    diagnosis ? studyAttention(id) : null,
  ]);
  const volume = { ...ct, warnings: [] };
  let heard = heardOf(study, study);
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
      heard,
      readVerdicts: async () => {
        given = await studyVerdicts(id);
        show(shown());
      },
      annotation: () => studyAnnotation(id),
      saveAnnotation: async (annotation, base) => {
        const saved = await saveAnnotation(id, annotation, ct.seriesInstanceUID, base);
        study = saved.study;
        show(shown());
        return { version: saved.version, at: study.annotated!.at };
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
  return subscribeToStudy(study, (now) => {
    heard = now;
    show(shown());
  });
}
