/**
 * What others have done on a study since this page read it, as the server tells of it. Nothing that is shown changes by
 * itself under a reader's hand: it is said in a quiet line, and shown when the reader wants it.
 */
import type { Measurement, ServiceEvent, Study, Verdict } from "../../../src/service/schema.ts";
import { follow, studyDetail } from "../api.ts";

export interface StudyUpdate {
  /** Who saved the annotation that is kept now. */
  readonly annotated: Study["annotated"];
  readonly verdicts: readonly Verdict[];
  readonly measurements: readonly Measurement[];
  /** Whether the CT has got further images, or its diagnosis has come. */
  readonly hasFurtherImages: boolean;
  readonly isNewlyJudged: boolean;
  readonly isRemoved: boolean;
}

/** @param shown as the page read it */
export const heardOf = (study: Study, shown: Study): StudyUpdate => ({
  annotated: study.annotated,
  verdicts: study.verdicts,
  measurements: study.measurements,
  hasFurtherImages: study.images !== shown.images,
  isNewlyJudged: study.state === "done" && shown.state !== "done",
  isRemoved: false,
});

/**
 * Calls `listener` when something else is kept of the study than before, while the page is seen; progress is nothing new.
 * @returns how to stop
 */
export function subscribeToStudy(shown: Study, listener: (heard: StudyUpdate) => void): () => void {
  let last = heardOf(shown, shown);
  const tell = (heard: StudyUpdate) => {
    if (JSON.stringify(heard) === JSON.stringify(last)) return;
    last = heard;
    listener(heard);
  };
  const onEvent = (event: ServiceEvent) => {
    if (event.type === "removed" && event.id === shown.id) tell({ ...last, isRemoved: true });
    if (event.type === "study" && event.study.id === shown.id) tell(heardOf(event.study, shown));
  };
  const lookAgain = () => {
    studyDetail(shown.id).then(
      ({ study }) => tell(heardOf(study, shown)),
      () => {
        // Without a connection nothing is heard; this is done again with the next one.
      },
    );
  };
  let stop: (() => void) | undefined;
  // A browser has few connections to one server: pages that nobody looks at must not take them from the one that is.
  const listenWhileSeen = () => {
    if (document.hidden) {
      stop?.();
      stop = undefined;
    } else stop ??= follow(onEvent, lookAgain, lookAgain);
  };
  listenWhileSeen();
  document.addEventListener("visibilitychange", listenWhileSeen);
  return () => {
    document.removeEventListener("visibilitychange", listenWhileSeen);
    stop?.();
  };
}
