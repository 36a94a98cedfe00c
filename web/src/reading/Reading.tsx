/**
 * One study read: three linked planes, the network's attention over them, its probabilities along the body, the facts
 * beside, and the tools of a PACS under mouse and keyboard. Where the study comes from (server or this computer) is
 * not its business.
 */
import { useEffect, useRef, useState } from "preact/hooks";
import type { Study } from "../../../src/service/schema.ts";
import {
  type PatientPoint,
  patientPoint,
  toPatient,
  toVoxel,
  type Volume,
  voxelPoint,
} from "../../../src/volume/index.ts";
import { type Brush, brushes } from "../viewer/painting.ts";
import { type Plane, type PointerTool, planes, pointerTools, Viewer } from "../viewer/viewer.ts";
import { windowPresets } from "../viewer/windows.ts";
import { AnnotationPanel } from "./AnnotationPanel.tsx";
import { AttentionPanel } from "./AttentionPanel.tsx";
import { Facts } from "./Facts.tsx";
import { findingsOf } from "./findings.ts";
import { KeyHelp } from "./KeyHelp.tsx";
import { useKeys } from "./keys.ts";
import { MeasurementPanel } from "./MeasurementPanel.tsx";
import { useMask } from "./mask.ts";
import { ObjectsPanel } from "./ObjectsPanel.tsx";
import { PriorPane } from "./PriorPane.tsx";
import { ProbabilityStrip } from "./ProbabilityStrip.tsx";
import type { ReadingSubject } from "./subject.ts";
import { Toolbar, type ToolName } from "./Toolbar.tsx";
import { UpdatesBanner } from "./UpdatesBanner.tsx";
import { useMeasurements } from "./use-measurements.ts";
import { ViewTools } from "./ViewTools.tsx";

export function Reading({ subject }: { readonly subject: ReadingSubject }) {
  const elements = {
    axial: useRef<HTMLDivElement>(null),
    coronal: useRef<HTMLDivElement>(null),
    sagittal: useRef<HTMLDivElement>(null),
  };
  const [viewer, setViewer] = useState<Viewer | undefined>();
  const [problem, setProblem] = useState<string | undefined>();
  const [tool, setTool] = useState<ToolName>("crosshair");
  const wanted = useRef(tool);
  const [playing, setPlaying] = useState(false);
  const [help, setHelp] = useState(false);
  const [slab, setSlab] = useState<number | undefined>();
  const [prior, setPrior] = useState<Study | undefined>();
  const [, redraw] = useState(0);
  const { volume, diagnosis, attention } = subject;
  const slabs = diagnosis?.slabs ?? [];
  const isDecided = diagnosis?.decision !== "indeterminate";
  const mask = useMask(viewer, subject.kept);
  const measuring = useMeasurements(viewer, subject.kept);

  useEffect(() => {
    let closed = false;
    let current: Viewer | undefined;
    const start = async () => {
      const opened = await Viewer.open(
        { axial: elements.axial.current!, coronal: elements.coronal.current!, sagittal: elements.sagittal.current! },
        volume,
      );
      if (closed) return opened.close();
      current = opened;
      // Cornerstone tells of every camera step of a drag; the panels follow once a frame.
      let pending = 0;
      opened.onChange(() => {
        cancelAnimationFrame(pending);
        pending = requestAnimationFrame(() => redraw((count) => count + 1));
      });
      if (attention) await opened.showAttention(attention);
      // Colours would speak where nothing is decided; whoever asks for them gets them.
      const style = opened.attentionStyle();
      if (style && !isDecided) opened.styleAttention({ ...style, shown: false });
      setViewer(opened);
    };
    start().catch((error: unknown) => setProblem(error instanceof Error ? error.message : String(error)));
    return () => {
      closed = true;
      current?.close();
    };
  }, [volume, attention]);

  useEffect(() => {
    const first = findingsOf(diagnosis)[0];
    if (viewer && first) chooseSlab(first.peak.index);
  }, [viewer]);

  const chooseSlab = (index: number) => {
    const chosen = slabs.find((candidate) => candidate.index === index);
    if (!viewer || !chosen) return;
    setSlab(index);
    const peak = chosen.attentionPeakMillimetres;
    viewer.goTo(peak ? patientPoint(...peak) : atHeight(volume, chosen.zMillimetres));
  };
  const nextFinding = (step: 1 | -1) => {
    const found = findingsOf(diagnosis);
    if (found.length === 0) return;
    const at = found.findIndex(({ slabs: run }) => run.some(({ index }) => index === slab));
    const next = found[(at + step + found.length) % found.length]!;
    chooseSlab(next.peak.index);
  };
  const chooseTool = async (name: ToolName) => {
    const isBrush = name in brushes;
    if (!viewer || (isBrush && (!subject.kept || mask.state.name === "failed"))) return;
    wanted.current = name;
    if (isBrush) {
      // Until the mask is open a stroke would not paint; and another tool may be chosen meanwhile.
      if (!(await mask.open()) || wanted.current !== name) return;
      viewer.paint(name as Brush);
    } else {
      viewer.usePointer(name as PointerTool);
    }
    setTool(name);
  };
  const toggleAttention = () => {
    const style = viewer?.attentionStyle();
    if (!viewer || !style) return;
    viewer.styleAttention({ ...style, shown: !style.shown });
    redraw((count) => count + 1);
  };

  useKeys({
    ...Object.fromEntries(windowPresets.map((preset) => [preset.key, () => viewer?.showWindow(preset)])),
    ...Object.fromEntries(
      Object.entries(pointerTools).map(([name, { key }]) => [key, () => chooseTool(name as ToolName)]),
    ),
    ...(subject.kept
      ? Object.fromEntries(Object.entries(brushes).map(([name, { key }]) => [key, () => chooseTool(name as ToolName)]))
      : {}),
    n: () => nextFinding(1),
    N: () => nextFinding(-1),
    a: toggleAttention,
    r: () => viewer?.resetView(),
    " ": () => setPlaying(viewer?.toggleCine() ?? false),
    ArrowDown: () => viewer?.scroll(1),
    ArrowUp: () => viewer?.scroll(-1),
    PageDown: () => viewer?.scroll(10),
    PageUp: () => viewer?.scroll(-10),
    "control+z": () => viewer?.painting.undo(),
    "control+y": () => viewer?.painting.redo(),
    "?": () => setHelp((shown) => !shown),
    Escape: () => setHelp(false),
  });

  const here = viewer?.position();
  const window = viewer?.window();
  return (
    <main class="reading" data-ready={viewer ? "yes" : "no"} data-probability={diagnosis?.probability}>
      <Toolbar
        viewer={viewer}
        tool={tool}
        painting={subject.kept === null ? "none" : mask.state.name === "ready" ? "offered" : "waiting"}
        playing={playing}
        onTool={chooseTool}
        onCine={() => setPlaying(viewer?.toggleCine() ?? false)}
        onNextFinding={() => nextFinding(1)}
        onHelp={() => setHelp(true)}
      >
        {viewer && <ViewTools viewer={viewer} subject={subject} prior={prior} onPrior={setPrior} />}
      </Toolbar>
      {problem && (
        <p class="alert" role="alert">
          The study can’t be shown: {problem}
        </p>
      )}
      <section class="planes" aria-label="CT">
        {planes.map((plane) => (
          <PlaneView key={plane} plane={plane} element={elements[plane]}>
            {viewer && here && (
              <>
                <Crosshair at={viewer.crosshairOn(plane)} />
                <PlaneFacts plane={plane} point={here} volume={volume} window={window} />
              </>
            )}
          </PlaneView>
        ))}
      </section>
      {viewer && prior && <PriorPane viewer={viewer} prior={prior} />}
      {slabs.length > 0 && here && (
        <ProbabilityStrip
          slabs={slabs}
          isDecided={isDecided}
          range={scanRange(volume)}
          z={here[2]}
          chosen={slab}
          onChoose={chooseSlab}
        />
      )}
      <aside class="panel" aria-label="Diagnosis">
        {subject.kept && <UpdatesBanner kept={subject.kept} />}
        <Facts subject={subject} slab={slab} onFinding={chooseSlab} />
        {viewer?.attentionStyle() && <AttentionPanel viewer={viewer} onChange={() => redraw((count) => count + 1)} />}
        {viewer && subject.kept && (
          <AnnotationPanel viewer={viewer} mask={mask} subject={subject} kept={subject.kept} />
        )}
        {viewer && subject.kept && <MeasurementPanel viewer={viewer} measuring={measuring} />}
        {viewer && subject.kept && <ObjectsPanel subject={subject} kept={subject.kept} />}
      </aside>
      {help && <KeyHelp painting={subject.kept !== null} onClose={() => setHelp(false)} />}
    </main>
  );
}

function PlaneView({
  plane,
  element,
  children,
}: {
  plane: Plane;
  element: preact.RefObject<HTMLDivElement | null>;
  children: preact.ComponentChildren;
}) {
  const letters = { axial: ["A", "P", "R", "L"], coronal: ["H", "F", "R", "L"], sagittal: ["H", "F", "A", "P"] }[plane];
  return (
    <div class={`plane ${plane}`}>
      <div class="canvas" ref={element} role="img" aria-label={`CT, ${plane} plane`} />
      {(["top", "bottom", "left", "right"] as const).map((side, index) => (
        <span key={side} class={`letter ${side}`} aria-hidden="true">
          {letters[index]}
        </span>
      ))}
      {children}
    </div>
  );
}

/** Two thin lines with a gap in the middle, so that what they point at stays free. */
function Crosshair({ at: [x, y] }: { at: readonly [number, number] }) {
  return (
    <svg class="crosshair" aria-hidden="true">
      <path d={`M${x} 0 V${y - 14} M${x} ${y + 14} V4000 M0 ${y} H${x - 14} M${x + 14} ${y} H4000`} />
    </svg>
  );
}

function PlaneFacts({
  plane,
  point,
  volume,
  window,
}: {
  plane: Plane;
  point: PatientPoint;
  volume: Volume;
  window: { level: number; width: number } | undefined;
}) {
  const voxel = toVoxel(volume.geometry, point);
  const [axis, coordinate] = { axial: ["z", point[2]], coronal: ["y", point[1]], sagittal: ["x", point[0]] }[plane] as [
    string,
    number,
  ];
  return (
    <div class="plane-facts">
      <span>{plane}</span>
      <span>
        {axis} {coordinate.toFixed(1)} mm
        {plane === "axial" && ` · slice ${Math.round(voxel[2]) + 1} of ${volume.geometry.size[2]}`}
      </span>
      {plane === "axial" && window && (
        <span>
          L {Math.round(window.level)} W {Math.round(window.width)}
        </span>
      )}
    </div>
  );
}

const centreVoxel = (volume: Volume, slice: number) =>
  toPatient(volume.geometry, voxelPoint((volume.geometry.size[0] - 1) / 2, (volume.geometry.size[1] - 1) / 2, slice));

const scanRange = (volume: Volume): readonly [number, number] => [
  centreVoxel(volume, 0)[2],
  centreVoxel(volume, volume.geometry.size[2] - 1)[2],
];

function atHeight(volume: Volume, z: number): PatientPoint {
  const middle = centreVoxel(volume, (volume.geometry.size[2] - 1) / 2);
  return patientPoint(middle[0], middle[1], z);
}
