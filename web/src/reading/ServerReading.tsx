/** Reads a study that the server keeps. */
import { useEffect, useState } from "preact/hooks";
import { giveVerdict, saveAnnotation, studyAnnotation, studyAttention, studyDetail, studyVolume } from "../api.ts";
import { Reading, type ReadingSubject } from "./Reading.tsx";

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
  const { study, diagnosis } = await studyDetail(id);
  const [ct, attention] = await Promise.all([studyVolume(id), diagnosis ? studyAttention(id) : null]);
  const volume = { ...ct, warnings: [] };
  const shown = (kept: typeof study): ReadingSubject => ({
    title: kept.patient.name || "No name",
    subtitle: [kept.patient.id, kept.date, kept.description, kept.hospital].filter(Boolean).join(" · "),
    volume,
    diagnosis,
    attention,
    kept: {
      study: kept,
      annotation: async () => (kept.annotatedSlices.length > 0 ? (await studyAnnotation(id)).voxels : undefined),
      saveAnnotation: async (mask, slices, reader) => show(shown(await saveAnnotation(id, mask, slices, reader))),
      giveVerdict: async (slab, verdict, reader, note) =>
        show(shown(await giveVerdict(id, { slab, verdict, reader, note }))),
    },
  });
  show(shown(study));
}
