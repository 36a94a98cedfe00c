/** The study's DICOM objects, to be taken along: the same that `embolens diagnose --dicom` writes for a PACS. */
import { useState } from "preact/hooks";
import { download } from "../design/download.ts";
import { formatList } from "../design/format-list.ts";
import type { KeptStudy, ReadingSubject } from "./subject.ts";

interface ObjectsPanelProps {
  readonly subject: ReadingSubject;
  readonly kept: KeptStudy;
}

type State = { readonly name: "idle" | "writing" | "written" } | { readonly name: "refused"; readonly message: string };

export function ObjectsPanel({ subject, kept }: ObjectsPanelProps) {
  const [state, setState] = useState<State>({ name: "idle" });
  const parts = [
    ...(subject.diagnosis ? ["report", "attention map", "key images"] : []),
    ...(kept.study.annotatedSlices.length > 0 || kept.heard.annotated ? ["saved annotation"] : []),
  ];
  if (parts.length === 0) return null;

  const take = async () => {
    setState({ name: "writing" });
    try {
      download(await kept.objects(), `embolens-${kept.study.id.slice(0, 8)}.zip`);
      setState({ name: "written" });
    } catch (error) {
      setState({ name: "refused", message: error instanceof Error ? error.message : String(error) });
    }
  };
  return (
    <section class="objects">
      <h2>For the PACS</h2>
      <p class="quiet">
        DICOM objects: {formatList(parts)}.{" "}
        {subject.diagnosis && "The report holds the verdicts and measurements made so far. "}
        Nobody has verified them; for research use.
      </p>
      <div class="buttons">
        <button type="button" disabled={state.name === "writing"} onClick={take}>
          Download DICOM objects
        </button>
      </div>
      {state.name === "refused" ? (
        <p class="alert" role="alert">
          No DICOM objects: {state.message}
        </p>
      ) : (
        <p class="quiet" role="status">
          {{ idle: "", writing: "Writing them …", written: "Downloaded as a zip." }[state.name]}
        </p>
      )}
    </section>
  );
}
