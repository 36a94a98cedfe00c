/**
 * Annotating clots on chosen slices: the paper's annotations are single slices about 10 mm apart, so the panel leads
 * from one to the next, and to where the network doubts most. A slice counts as annotated once painted on, or once
 * marked as looked at.
 */
import { useEffect, useState } from "preact/hooks";
import { patientPoint, toPatient, toVoxel, type Volume, voxelPoint } from "../../../src/volume/index.ts";
import type { Viewer } from "../viewer/viewer.ts";
import { mostDoubtful, nextGuideSlice } from "./findings.ts";
import type { KeptStudy, ReadingSubject } from "./Reading.tsx";
import { useReader } from "./reader.ts";

interface AnnotationPanelProps {
  readonly viewer: Viewer;
  readonly subject: ReadingSubject;
  readonly kept: KeptStudy;
}

type Saving =
  | { readonly state: "saved" | "changed" | "saving" }
  | { readonly state: "failed"; readonly message: string };

export function AnnotationPanel({ viewer, subject, kept }: AnnotationPanelProps) {
  const { volume, diagnosis } = subject;
  const [looked, setLooked] = useState<ReadonlySet<number>>(new Set(kept.study.annotatedSlices));
  const [radius, setRadius] = useState(4);
  const [saving, setSaving] = useState<Saving>({ state: "saved" });
  const reader = useReader();
  const slice = currentSlice(viewer, volume);

  useEffect(() => {
    let stop = () => {};
    let gone = false;
    const start = async () => {
      if (kept.study.annotatedSlices.length > 0) {
        await viewer.painting.open(await kept.annotation());
        // Showing an earlier mask tells of itself as a change; it is none.
        await new Promise(requestAnimationFrame);
      }
      if (gone) return;
      stop = viewer.painting.onChange(() => {
        setSaving({ state: "changed" });
        setLooked((before) => new Set(before).add(currentSlice(viewer, volume)));
      });
    };
    void start();
    return () => {
      gone = true;
      stop();
    };
  }, [viewer]);
  useEffect(() => viewer.painting.resize(radius), [viewer, radius]);

  const save = async () => {
    const name = reader.ask();
    const mask = viewer.painting.mask();
    if (!name || !mask) return;
    setSaving({ state: "saving" });
    try {
      await kept.saveAnnotation(
        mask.voxels,
        [...looked].sort((a, b) => a - b),
        name,
      );
      setSaving({ state: "saved" });
    } catch (error) {
      setSaving({ state: "failed", message: error instanceof Error ? error.message : String(error) });
    }
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
        <button
          type="button"
          aria-pressed={looked.has(slice)}
          onClick={async () => {
            await viewer.painting.open();
            setLooked((before) => toggled(before, slice));
            setSaving({ state: "changed" });
          }}
        >
          Slice {slice + 1} looked at
        </button>
        <button type="button" onClick={() => viewer.painting.undo()}>
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
          disabled={saving.state === "saved" || saving.state === "saving"}
          onClick={save}
        >
          Save
        </button>
      </div>
      <p class={saving.state === "failed" ? "alert" : "quiet"} role="status">
        {saving.state === "failed"
          ? saving.message
          : { saved: "", changed: "Not saved yet.", saving: "Saving …" }[saving.state]}
      </p>
    </section>
  );
}

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
