/**
 * Another reader saved in between: who and when, asked about at once and then kept in sight until it is decided. The
 * reader's own painting stays on the screen all the while; the other's can be shown beside it.
 */
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { LoadedAnnotation } from "../api.ts";
import { formatTime } from "../design/format-time.ts";
import type { Painting } from "../viewer/painting.ts";
import type { Between } from "./annotation.ts";

interface SavedBetweenProps {
  readonly between: Between;
  /** Who reads here. */
  readonly reader: string | undefined;
  readonly painting: Painting;
  readonly onSaveOver: () => void;
  readonly onJoin: () => void;
  readonly onTakeOther: () => void;
}

export function ConflictDialog({ between, reader, painting, onSaveOver, onJoin, onTakeOther }: SavedBetweenProps) {
  const { other, fits } = between;
  const [asking, setAsking] = useState(true);
  const [shown, setShown] = useState(false);
  const place = useRef<HTMLElement>(null);
  const isSelf = other?.reader === reader;
  const theirs = isSelf ? "the other" : "theirs";

  // Each time that saving meets another's work it is asked again.
  useEffect(() => setAsking(true), [between]);
  // Once the question is gone: what is behind one takes no focus.
  useEffect(() => {
    if (!asking) place.current?.focus({ preventScroll: true });
  }, [asking]);
  const wanted = shown && fits ? other?.voxels : undefined;
  const [laid, setLaid] = useState<Uint8Array | undefined>();
  useEffect(() => {
    painting.showOther(wanted).finally(() => setLaid(wanted));
  }, [painting, wanted]);
  useEffect(() => () => void painting.showOther(undefined), [painting]);

  const show = () => {
    setShown(!shown);
    setAsking(false);
  };
  const saveOver = () => {
    // Whatever becomes of it is said in the panel behind.
    setAsking(false);
    onSaveOver();
  };
  const takeOther = () => {
    const whose = isSelf ? "the other annotation" : `${other?.reader}’s annotation`;
    if (confirm(`Drop what you painted and go on from ${whose}?`)) onTakeOther();
  };

  const title = titleOf(other, isSelf);
  const choices = (
    <div class="buttons">
      {fits && (
        <>
          <button type="button" aria-pressed={shown} onClick={show}>
            Show {theirs} beside mine
          </button>
          <button type="button" onClick={onJoin}>
            Join the two
          </button>
          <button type="button" onClick={takeOther}>
            Take {theirs}, drop mine
          </button>
        </>
      )}
      {(fits || !other) && (
        <button type="button" onClick={saveOver}>
          {other ? `Save mine, replace ${theirs}` : "Save mine all the same"}
        </button>
      )}
    </div>
  );
  return (
    <section class="between" ref={place} tabIndex={-1} aria-label={title} aria-busy={laid !== wanted}>
      <h3>{title}</h3>
      <p class="quiet">{other && `Saved ${formatTime(other.at)}. `}Yours is not saved.</p>
      {shown && (
        <p class="quiet">
          <span class="swatch own" /> yours <span class="swatch other" /> {theirs}
        </p>
      )}
      {choices}
      {asking && (
        <Question title={title} onClose={() => setAsking(false)}>
          <p>{whatHappened(other, fits)} Yours is not saved. It stays on your screen.</p>
          {choices}
        </Question>
      )}
    </section>
  );
}

function titleOf(other: LoadedAnnotation | undefined, isSelf: boolean): string {
  if (!other) return "The study changed in between";
  return isSelf ? "You saved in another window in between" : `${other.reader} saved in between`;
}

function whatHappened(other: LoadedAnnotation | undefined, fits: boolean): string {
  if (!other) return "The annotation you went on from is no longer kept: further images have come.";
  const slices = `${other.slices.length} ${other.slices.length === 1 ? "slice" : "slices"}`;
  const saved = `An annotation of ${slices} was saved ${formatTime(other.at)}, after you had loaded the study.`;
  return fits ? saved : `${saved} Further images have come as well: open the study again to annotate them.`;
}

/** Asks over the page, so that it is seen; Escape puts the decision off. */
function Question({
  title,
  onClose,
  children,
}: {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    <dialog ref={dialog} class="question" aria-label={title} onClose={onClose}>
      <h2>{title}</h2>
      {children}
      <button type="button" class="link" onClick={() => dialog.current?.close()}>
        Decide later
      </button>
    </dialog>
  );
}
