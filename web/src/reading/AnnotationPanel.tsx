/**
 * Annotating clots on chosen slices: the paper's annotations are single slices about 10 mm apart, so the panel leads
 * from one to the next, and to where the network doubts most. A slice counts as annotated once painted on, in whatever
 * plane, or once marked as looked at.
 */
import { useEffect, useRef, useState } from "preact/hooks";
import { patientPoint, toPatient, toVoxel, type Volume, voxelPoint } from "../../../src/volume/index.ts";
import { useUnsaved } from "../unsaved.ts";
import { paintedSlices } from "../viewer/painting.ts";
import type { Viewer } from "../viewer/viewer.ts";
import { mostDoubtful, nextGuideSlice } from "./findings.ts";
import type { ReadingMask } from "./mask.ts";
import type { KeptStudy, ReadingSubject } from "./Reading.tsx";
import { useReader } from "./reader.ts";

interface AnnotationPanelProps {
  readonly viewer: Viewer;
  readonly mask: ReadingMask;
  readonly subject: ReadingSubject;
  readonly kept: KeptStudy;
}

type Saving =
  | { readonly state: "saved" | "changed" | "saving" }
  | { readonly state: "failed"; readonly message: string };

export function AnnotationPanel({ viewer, mask, subject, kept }: AnnotationPanelProps) {
  const { volume, diagnosis } = subject;
  const [looked, setLooked] = useState<ReadonlySet<number>>(new Set(kept.study.annotatedSlices));
  const [radius, setRadius] = useState(4);
  const [saving, setSaving] = useState<Saving>({ state: "saved" });
  const [notice, setNotice] = useState("");
  const changes = useRef(0);
  const reader = useReader();
  const slice = currentSlice(viewer, volume);
  const ready = mask.state.name === "ready";

  const changed = () => {
    changes.current += 1;
    setNotice("");
    setSaving({ state: "changed" });
  };
  useEffect(
    () =>
      viewer.painting.onChange((slices) => {
        changed();
        setLooked((before) => new Set([...before, ...slices]));
      }),
    [viewer],
  );
  useEffect(() => {
    if (ready) setLooked((before) => new Set([...before, ...viewer.painting.paintedSlices()]));
  }, [viewer, ready]);
  useEffect(() => viewer.painting.resize(radius), [viewer, radius]);
  useUnsaved(saving.state !== "saved");

  const save = async () => {
    const name = reader.ask();
    const painted = viewer.painting.mask();
    if (!name || !painted) return;
    const slices = new Set([...looked, ...paintedSlices(painted)]);
    const saved = changes.current;
    setLooked(slices);
    setSaving({ state: "saving" });
    try {
      await kept.saveAnnotation(
        painted.voxels,
        [...slices].sort((a, b) => a - b),
        name,
      );
      // What was painted while the server wrote is not in what it wrote.
      setSaving({ state: changes.current === saved ? "saved" : "changed" });
    } catch (error) {
      setSaving({ state: "failed", message: error instanceof Error ? error.message : String(error) });
    }
  };
  const toggleLooked = async () => {
    if (!(await mask.open())) return;
    if (looked.has(slice) && viewer.painting.paintedSlices().includes(slice)) {
      setNotice(`Slice ${slice + 1} holds painting: erase it first.`);
      return;
    }
    changed();
    // Else the next stroke would mark again what is unmarked here.
    viewer.painting.forgetChanges();
    setLooked((before) => toggled(before, slice));
  };
  const goToSlice = (index: number | undefined) => {
    if (index === undefined) return;
    const here = viewer.position();
    const voxel = toVoxel(volume.geometry, here);
    viewer.goTo(toPatient(volume.geometry, voxelPoint(voxel[0], voxel[1], index)));
  };
  const doubt = mostDoubtful(diagnosis?.slabs ?? [], ({ zMillimetres }) => looked.has(sliceAt(volume, zMillimetres)));

  return (
    <section class="annotation">
      <h2>Annotation</h2>
      <p class="quiet">
        {looked.size} {looked.size === 1 ? "slice" : "slices"} annotated. Paint clots on a slice, or mark it as free of
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
            goToSlice(nextGuideSlice(slice, looked, volume.geometry.spacing[2], volume.geometry.size[2], -1))
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
          disabled={!ready || saving.state === "saved" || saving.state === "saving"}
          onClick={save}
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
      <p class="quiet" role="status">
        {notice || (mask.state.name === "loading" ? "Loading the annotation …" : savingText[saving.state])}
      </p>
    </section>
  );
}

const savingText = { saved: "", changed: "Not saved yet.", saving: "Saving …", failed: "" } as const;

function toggled(set: ReadonlySet<number>, item: number): ReadonlySet<number> {
  const copy = new Set(set);
  if (!copy.delete(item)) copy.add(item);
  return copy;
}

const currentSlice = (viewer: Viewer, volume: Volume): number => sliceAt(volume, viewer.axialPoint()[2]);

function sliceAt(volume: Volume, z: number): number {
  const { origin, size } = volume.geometry;
  const slice = Math.round(toVoxel(volume.geometry, patientPoint(origin[0], origin[1], z))[2]);
  return Math.min(Math.max(slice, 0), size[2] - 1);
}
