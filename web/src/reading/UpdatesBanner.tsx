/** What has come to a study since it was opened, but for annotations, which are told of where they are made. */
import type { Verdict } from "../../../src/service/schema.ts";
import { formatTime } from "../design/format-time.ts";
import { useReader } from "./reader.ts";
import type { KeptStudy } from "./subject.ts";

export function UpdatesBanner({ kept }: { readonly kept: KeptStudy }) {
  const reader = useReader();
  const { heard, verdicts } = kept;
  // One's own stands on the page already, or is about to.
  const verdict = heard.verdicts.slice(verdicts.length).findLast((one) => one.reader !== reader.name);
  if (heard.isRemoved) {
    return (
      <p class="heard" role="status">
        Another reader has removed this study. Nothing that is done here is kept.
      </p>
    );
  }
  const { hasFurtherImages, isNewlyJudged } = heard;
  if (!verdict && !hasFurtherImages && !isNewlyJudged) return null;
  return (
    <div class="heard" role="status">
      {(hasFurtherImages || isNewlyJudged) && (
        <p>
          {hasFurtherImages ? "Further images of this study have come." : "This study has been diagnosed."}{" "}
          <button type="button" class="link" onClick={() => location.reload()}>
            Open it again
          </button>
        </p>
      )}
      {verdict && (
        <p>
          {given(verdict)}{" "}
          <button type="button" class="link" onClick={() => void kept.readVerdicts()}>
            Show the verdict
          </button>
        </p>
      )}
    </div>
  );
}

const given = ({ reader, verdict, slab, at }: Verdict): string =>
  `${reader} ${verdict} ${slab === null ? "embolism in this study" : "a finding"} ${formatTime(at)}.`;
