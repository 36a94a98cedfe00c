/**
 * An earlier study of the same patient beside the one that is read: chosen from those the server keeps, shown in the same
 * window at the same place in the patient, with what was found and said of it then.
 */
import { useEffect, useRef, useState } from "preact/hooks";
import type { Study } from "../../../src/service/schema.ts";
import { listStudies, studyVolume } from "../api.ts";
import { formatPercent } from "../design/format-percent.ts";
import { formatTime } from "../design/format-time.ts";
import { type LinkedViews, linkViews } from "../viewer/linked-views.ts";
import { planes, Viewer } from "../viewer/viewer.ts";
import { priorsOf } from "./priors.ts";

interface PriorChoiceProps {
  readonly study: Study;
  readonly prior: Study | undefined;
  readonly onChoose: (prior: Study | undefined) => void;
}

/** Offers the patient's earlier studies; nothing where there are none. */
export function PriorChoice({ study, prior, onChoose }: PriorChoiceProps) {
  const [priors, setPriors] = useState<readonly Study[]>([]);
  useEffect(() => {
    let left = false;
    listStudies().then(
      (studies) => {
        if (!left) setPriors(priorsOf(study, studies));
      },
      () => {},
    );
    return () => {
      left = true;
    };
  }, [study.id]);
  if (priors.length === 0) return null;
  return (
    <label>
      Prior
      <select
        aria-label="Prior"
        value={prior?.id ?? ""}
        onChange={(event) => onChoose(priors.find(({ id }) => id === event.currentTarget.value))}
      >
        <option value="">none</option>
        {priors.map((one) => (
          <option key={one.id} value={one.id}>
            {one.date ?? "no date"} {one.description}
          </option>
        ))}
      </select>
    </label>
  );
}

type State = { readonly name: "loading" | "shown" } | { readonly name: "failed"; readonly message: string };

export function PriorPane({ viewer, prior }: { readonly viewer: Viewer; readonly prior: Study }) {
  const elements = {
    axial: useRef<HTMLDivElement>(null),
    coronal: useRef<HTMLDivElement>(null),
    sagittal: useRef<HTMLDivElement>(null),
  };
  const link = useRef<LinkedViews | undefined>(undefined);
  const shown = useRef<Viewer | undefined>(undefined);
  const [state, setState] = useState<State>({ name: "loading" });
  const [, redraw] = useState(0);

  useEffect(() => {
    let closed = false;
    let opened: Viewer | undefined;
    const open = async () => {
      setState({ name: "loading" });
      const volume = { ...(await studyVolume(prior.id)), warnings: [] };
      if (closed) return;
      opened = await Viewer.open(
        { axial: elements.axial.current!, coronal: elements.coronal.current!, sagittal: elements.sagittal.current! },
        volume,
      );
      if (closed) return opened.close();
      shown.current = opened;
      let pending = 0;
      opened.onChange(() => {
        cancelAnimationFrame(pending);
        pending = requestAnimationFrame(() => redraw((count) => count + 1));
      });
      link.current = linkViews(viewer, opened);
      setState({ name: "shown" });
    };
    open().catch((error: unknown) => {
      if (!closed) setState({ name: "failed", message: error instanceof Error ? error.message : String(error) });
    });
    return () => {
      closed = true;
      link.current?.close();
      if (shown.current === opened) opened?.close();
      shown.current = undefined;
    };
  }, [viewer, prior.id]);

  const at = state.name === "shown" ? shown.current?.position() : undefined;
  return (
    <section class="prior" aria-label="Prior study">
      <div class="prior-facts">
        <p>
          <strong>Prior {prior.date ?? "without a date"}</strong> {prior.description}
        </p>
        <p class="quiet">{saidThen(prior)}</p>
        {state.name === "loading" && <p role="status">Loading the prior …</p>}
        {state.name === "failed" && (
          <p class="alert" role="alert">
            The prior can’t be shown: {state.message}
          </p>
        )}
        {at && (
          <button
            type="button"
            title="Unlink to move each alone; link again where both show the same place in the patient"
            onClick={() => {
              link.current?.toggle();
              redraw((count) => count + 1);
            }}
          >
            {link.current?.isHeld() ? "Link here" : "Unlink"}
          </button>
        )}
      </div>
      {planes.map((plane) => (
        <div key={plane} class={`plane ${plane}`}>
          <div class="canvas" ref={elements[plane]} />
          <div class="plane-facts">
            <span>prior {plane}</span>
            {at && (
              <span>
                x {at[0].toFixed(1)} y {at[1].toFixed(1)} z {at[2].toFixed(1)} mm
              </span>
            )}
          </div>
        </div>
      ))}
    </section>
  );
}

/** What the network and the readers said of it then. */
function saidThen({ probability, decision, verdicts, state }: Study): string {
  const network =
    probability === null || !decision ? `${state}, no diagnosis` : `${formatPercent(probability)} ${decision}`;
  const verdict = verdicts.findLast(({ slab }) => slab === null);
  if (!verdict) return `${network}; no reader’s verdict`;
  const note = verdict.note ? `: ${verdict.note}` : "";
  return `${network}; embolism ${verdict.verdict} by ${verdict.reader} ${formatTime(verdict.at)}${note}`;
}
