/** The second row of tools: how the CT is shown. */
import { useEffect, useState } from "preact/hooks";
import type { Study } from "../../../src/service/schema.ts";
import { type Projection, projections, showThinSlab, slabThickness, type ThinSlab } from "../viewer/thin-slab.ts";
import type { Viewer } from "../viewer/viewer.ts";
import { useKeys } from "./keys.ts";
import { PriorChoice } from "./PriorPane.tsx";
import type { ReadingSubject } from "./subject.ts";

interface ViewToolsProps {
  readonly viewer: Viewer;
  readonly subject: ReadingSubject;
  readonly prior: Study | undefined;
  readonly onPrior: (prior: Study | undefined) => void;
}

export function ViewTools({ viewer, subject, prior, onPrior }: ViewToolsProps) {
  const [slab, setSlab] = useState<ThinSlab>({ projection: "none", millimetres: slabThickness.usual });
  useEffect(() => showThinSlab(viewer, slab), [viewer, slab]);
  return (
    <div class="view-tools" role="group" aria-label="How the CT is shown">
      <SlabChoice slab={slab} onChange={setSlab} />
      {subject.kept && <PriorChoice study={subject.kept.study} prior={prior} onChoose={onPrior} />}
    </div>
  );
}

const names = Object.keys(projections) as Projection[];

function SlabChoice({ slab, onChange }: { readonly slab: ThinSlab; readonly onChange: (slab: ThinSlab) => void }) {
  const { projection, millimetres } = slab;
  const thicker = (by: number) => {
    const wanted = Math.min(Math.max(millimetres + by, slabThickness.least), slabThickness.most);
    onChange({ projection: projection === "none" ? "maximum" : projection, millimetres: wanted });
  };
  useKeys({
    m: () => onChange({ ...slab, projection: names[(names.indexOf(projection) + 1) % names.length]! }),
    "+": () => thicker(1),
    "-": () => thicker(-1),
  });
  return (
    <>
      <div class="segments" role="group" aria-label="Thin slab">
        {names.map((name) => (
          <button
            type="button"
            key={name}
            aria-pressed={name === projection}
            onClick={() => onChange({ ...slab, projection: name })}
          >
            {projections[name].label} {name === "none" && <kbd>M</kbd>}
          </button>
        ))}
      </div>
      <label>
        Thickness
        <input
          type="range"
          min={slabThickness.least}
          max={slabThickness.most}
          step="1"
          value={millimetres}
          disabled={projection === "none"}
          onInput={(event) => onChange({ ...slab, millimetres: event.currentTarget.valueAsNumber })}
        />
        <output>{millimetres} mm</output>
      </label>
    </>
  );
}
