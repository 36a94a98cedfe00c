/** The answer and what to know about it: probability, findings with a verdict each, warnings, patient, model. */
import { useState } from "preact/hooks";
import { researchUse, type Verdict } from "../../../src/service/schema.ts";
import { formatPercent } from "../design/format-percent.ts";
import { formatTime } from "../design/format-time.ts";
import { findingsOf } from "./findings.ts";
import { useReader } from "./reader.ts";
import type { KeptStudy, ReadingSubject } from "./subject.ts";
import { lastOn } from "./verdicts.ts";

interface FactsProps {
  readonly subject: ReadingSubject;
  readonly slab: number | undefined;
  readonly onFinding: (slab: number) => void;
}

export function Facts({ subject, slab, onFinding }: FactsProps) {
  const { diagnosis, kept, volume } = subject;
  const [columns, rows, slices] = volume.geometry.size;
  return (
    <>
      <section class="patient-facts">
        <h1>{subject.title}</h1>
        <p class="quiet">{subject.subtitle}</p>
      </section>
      {diagnosis ? (
        <>
          <Answer diagnosis={diagnosis} />
          {otherWarnings(diagnosis).length > 0 && (
            <section class="warnings" aria-label="Warnings">
              {otherWarnings(diagnosis).map(({ code, message }) => (
                <p key={code + message} class="warning">
                  {message}
                </p>
              ))}
            </section>
          )}
          <Findings subject={subject} slab={slab} onFinding={onFinding} />
        </>
      ) : (
        <section class="answer">
          <p>{kept?.study.reason?.message ?? "This study has not been diagnosed yet."}</p>
        </section>
      )}
      <section>
        <h2>Scan</h2>
        <dl class="pairs">
          <dt>Grid</dt>
          <dd>
            {columns} × {rows} × {slices}
          </dd>
          <dt>Voxel</dt>
          <dd>{volume.geometry.spacing.map((length) => length.toFixed(2)).join(" × ")} mm</dd>
          {diagnosis && (
            <>
              <dt>Lungs</dt>
              <dd>z {diagnosis.lungRangeMillimetres.map((z) => z.toFixed(0)).join(" to ")} mm</dd>
              <dt>Model</dt>
              <dd title={diagnosis.model.sha256}>
                {diagnosis.model.name}, {diagnosis.model.preset}
              </dd>
            </>
          )}
        </dl>
      </section>
    </>
  );
}

/** The decision; where there can be none, why, and no figure that could be taken for one. */
function Answer({ diagnosis }: { readonly diagnosis: NonNullable<ReadingSubject["diagnosis"]> }) {
  if (diagnosis.decision === "indeterminate") {
    return (
      <section class="answer indeterminate">
        <p class="figure">Indeterminate</p>
        {diagnosis.indeterminateBecause.map(({ code, message }) => (
          <p key={code + message}>{message}</p>
        ))}
        <p class="quiet">{researchUse}</p>
      </section>
    );
  }
  return (
    <section class={`answer ${diagnosis.decision}`}>
      <p class="figure">{formatPercent(diagnosis.probability)}</p>
      <p>
        probability of pulmonary embolism: <strong>{diagnosis.decision}</strong> at the operating point of{" "}
        {formatPercent(diagnosis.operatingPoint.threshold)}
      </p>
      <p class="quiet">{researchUse}</p>
    </section>
  );
}

/** Warnings beside the reasons of an indeterminate decision, which stand above them. */
function otherWarnings({ warnings, indeterminateBecause }: NonNullable<ReadingSubject["diagnosis"]>) {
  const because = new Set(indeterminateBecause.map(({ message }) => message));
  return warnings.filter(({ message }) => !because.has(message));
}

function Findings({ subject, slab, onFinding }: FactsProps) {
  const isDecided = subject.diagnosis?.decision !== "indeterminate";
  const found = findingsOf(subject.diagnosis);
  return (
    <section class="findings">
      <h2>Findings</h2>
      {found.length === 0 && (
        <p class="quiet">{isDecided ? "No slab reaches one half." : "None: nothing could be decided on this scan."}</p>
      )}
      <ol>
        {found.map(({ peak, slabs }) => (
          <li key={peak.index} class={slabs.some(({ index }) => index === slab) ? "chosen" : undefined}>
            <button type="button" class="plain" onClick={() => onFinding(peak.index)}>
              z {peak.zMillimetres.toFixed(0)} mm <strong>{formatPercent(peak.probability)}</strong>
            </button>
            {subject.kept && <VerdictButtons kept={subject.kept} slab={peak.index} />}
          </li>
        ))}
      </ol>
      {subject.kept && (
        <div class="study-verdict">
          <span>Embolism in this study</span>
          <VerdictButtons kept={subject.kept} slab={null} />
        </div>
      )}
    </section>
  );
}

function VerdictButtons({ kept, slab }: { readonly kept: KeptStudy; readonly slab: number | null }) {
  const reader = useReader();
  const [problem, setProblem] = useState<string | undefined>();
  const last = lastOn(kept.verdicts, slab);
  const give = async (verdict: "confirmed" | "rejected") => {
    const name = reader.ask();
    if (!name) return;
    try {
      const between = await kept.giveVerdict({ slab, verdict, reader: name, note: "" });
      setProblem(between && inBetween(between, verdict));
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <span class="verdict">
      <button type="button" aria-pressed={last?.verdict === "confirmed"} onClick={() => give("confirmed")}>
        Confirm
      </button>
      <button type="button" aria-pressed={last?.verdict === "rejected"} onClick={() => give("rejected")}>
        Reject
      </button>
      {last && (
        <span class="quiet">
          {last.reader}, {formatTime(last.at)}
        </span>
      )}
      {problem && (
        <span class="alert" role="alert">
          {problem}
        </span>
      )}
    </span>
  );
}

function inBetween({ reader, verdict, at }: Verdict, mine: Verdict["verdict"]): string {
  const again = mine === "confirmed" ? "Confirm" : "Reject";
  return `Not given: ${reader} ${verdict} this ${formatTime(at)}, before you did. Press ${again} again if you stay with yours.`;
}
