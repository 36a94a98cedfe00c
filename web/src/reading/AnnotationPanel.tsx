/**
 * Annotating clots on chosen slices: the paper's annotations are single slices about 10 mm apart, so the panel leads
 * from one to the next, and to where the network doubts most. A slice counts as annotated once painted on, in whatever
 * plane, or once marked as looked at.
 */
import { useEffect, useState } from "preact/hooks";
import { patientPoint, toPatient, toVoxel, type Volume, voxelPoint } from "../../../src/volume/index.ts";
import { formatTime } from "../design/format-time.ts";
import type { Viewer } from "../viewer/viewer.ts";
import { useAnnotation } from "./annotation.ts";
import { ConflictDialog } from "./ConflictDialog.tsx";
import { mostDoubtful, nextGuideSlice } from "./findings.ts";
import type { ReadingMask } from "./mask.ts";
import { useReader } from "./reader.ts";
import type { KeptStudy, ReadingSubject } from "./subject.ts";

interface AnnotationPanelProps {
  readonly viewer: Viewer;
  readonly mask: ReadingMask;
  readonly subject: ReadingSubject;
  readonly kept: KeptStudy;
}

export function AnnotationPanel({ viewer, mask, subject, kept }: AnnotationPanelProps) {
  const { volume, diagnosis } = subject;
  const annotation = useAnnotation(viewer, mask, kept);
  const { looked, saving, between, news } = annotation;
  const [radius, setRadius] = useState(4);
  const [notice, setNotice] = useState("");
  const reader = useReader();
  const slice = viewer.slice();
  const ready = mask.state.name === "ready";
  const annotated = ready ? looked.size : kept.study.annotatedSlices.length;

  useEffect(() => viewer.painting.onChange(() => setNotice("")), [viewer]);
  useEffect(() => viewer.painting.resize(radius), [viewer, radius]);

  const save = (how: (name: string) => Promise<void>) => {
    const name = reader.ask();
    setNotice("");
    if (name) void how(name);
  };
  const toggleLooked = async () => {
    if (!(await mask.open())) return;
    if (viewer.painting.isPainted(slice)) {
      setNotice(`Slice ${slice + 1} holds painting: erase it first.`);
      return;
    }
    setNotice("");
    annotation.toggle(slice);
  };
  const goToSlice = (index: number | undefined) => {
    if (index !== undefined) viewer.goToSlice(index);
  };
  const doubt = mostDoubtful(diagnosis?.slabs ?? [], ({ zMillimetres }) => looked.has(sliceAt(volume, zMillimetres)));

  return (
    <section class="annotation">
      <h2>Annotation</h2>
      <p class="quiet">
        {annotated} {annotated === 1 ? "slice" : "slices"} annotated. Paint clots on a slice, or mark it as free of
        them.
      </p>
      <label class="slider">
        Brush {radius} mm
        <input
          type="range"
          min="1"
          max="20"
          step="0.5"
          value={radius}
          onInput={(event) => setRadius(event.currentTarget.valueAsNumber)}
        />
      </label>
      <div class="buttons">
        <button type="button" aria-pressed={looked.has(slice)} disabled={!ready} onClick={toggleLooked}>
          Slice {slice + 1} looked at
        </button>
        <button type="button" disabled={!ready} onClick={() => viewer.painting.undo()}>
          Undo
        </button>
        <button
          type="button"
          onClick={() =>
            goToSlice(
              nextGuideSlice(slice, looked, volume.geometry.spacing[2], volume.geometry.size[2], towardsFeet(volume)),
            )
          }
        >
          10 mm on
        </button>
        {doubt && (
          <button type="button" onClick={() => goToSlice(sliceAt(volume, doubt.zMillimetres))}>
            Greatest doubt
          </button>
        )}
        <button
          type="button"
          class="primary"
          disabled={!ready || looked.size === 0 || saving.state === "saved" || saving.state === "saving"}
          onClick={() => save(annotation.save)}
        >
          Save
        </button>
      </div>
      {mask.state.name === "failed" && (
        <div class="alert" role="alert">
          <p>
            The annotation kept for this study can’t be loaded: {mask.state.message}. Nothing can be painted or saved,
            so that it isn’t overwritten.
          </p>
          <button type="button" onClick={mask.retry}>
            Load it again
          </button>
        </div>
      )}
      {saving.state === "failed" && (
        <p class="alert" role="alert">
          Not saved: {saving.message}
        </p>
      )}
      {news && ready && (
        <p class="heard" role="status">
          {news.reader === reader.name
            ? "You saved an annotation in another window"
            : `${news.reader} saved an annotation`}{" "}
          {formatTime(news.at)}.{" "}
          <button type="button" class="link" onClick={() => void annotation.look()}>
            {saving.state === "saved" ? "Show the annotation" : "Compare it with mine"}
          </button>
        </p>
      )}
      {between && (
        <ConflictDialog
          between={between}
          reader={reader.name}
          painting={viewer.painting}
          onSaveOver={() => save(annotation.saveOver)}
          onJoin={async () => {
            await annotation.join();
            setNotice("Both are on the screen as one. Look them over, then save.");
          }}
          onTakeOther={annotation.takeOther}
        />
      )}
      <p class="quiet" role="status">
        {notice ||
          (mask.state.name === "loading"
            ? "Loading the annotation …"
            : saving.state === "changed" && looked.size === 0
              ? "No slice is annotated any more: paint or mark one to save. What was saved before stays until then."
              : savingText[saving.state])}
      </p>
    </section>
  );
}

const savingText = { saved: "", changed: "Not saved yet.", saving: "Saving …", failed: "" } as const;

const towardsFeet = ({ geometry }: Volume): 1 | -1 => (geometry.axes[2][2] < 0 ? 1 : -1);

/** The slice whose middle is nearest to a height in the patient. */
function sliceAt({ geometry }: Volume, z: number): number {
  const [columns, rows, slices] = geometry.size;
  const middle = toPatient(geometry, voxelPoint((columns - 1) / 2, (rows - 1) / 2, (slices - 1) / 2));
  const slice = Math.round(toVoxel(geometry, patientPoint(middle[0], middle[1], z))[2]);
  return Math.min(Math.max(slice, 0), slices - 1);
}
