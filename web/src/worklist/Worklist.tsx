/**
 * The worklist: what waits, what is being diagnosed, what was found, most urgent first.
 */
import { useRef, useState } from "preact/hooks";
import type { Study } from "../../../src/service/schema.ts";
import { judgeAgain, removeStudy, studyDetail, upload } from "../api.ts";
import { isConflict } from "../api-error.ts";
import { droppedFiles } from "../design/dropped-files.ts";
import { formatPercent } from "../design/format-percent.ts";
import { removalQuestion } from "./removal.ts";
import { ServerProblems } from "./ServerProblems.tsx";
import { byUrgency, matches, useStudies } from "./studies.ts";

const filters = {
  all: { label: "All", keep: () => true },
  positive: { label: "Positive", keep: (study: Study) => study.decision === "positive" },
  indeterminate: { label: "Indeterminate", keep: (study: Study) => study.decision === "indeterminate" },
  open: {
    label: "Unread",
    keep: (study: Study) => study.state === "done" && !study.verdicts.some(({ slab }) => slab === null),
  },
  working: { label: "In work", keep: (study: Study) => study.state === "waiting" || study.state === "running" },
  refused: { label: "Refused", keep: (study: Study) => study.state === "refused" || study.state === "failed" },
} as const;
type Filter = keyof typeof filters;

/** What was last looked for in this tab: it is there again when a reader comes back from a study. */
let lookedFor: { readonly search: string; readonly filter: Filter } = { search: "", filter: "all" };

export function Worklist() {
  const { studies, problem } = useStudies();
  const [search, setSearch] = useState(lookedFor.search);
  const [filter, setFilter] = useState(lookedFor.filter);
  lookedFor = { search, filter };
  const shown = (studies ?? [])
    .filter(filters[filter].keep)
    .filter((study) => matches(study, search))
    .sort(byUrgency);
  return (
    <main class="worklist">
      <div class="worklist-head">
        <div>
          <h1>Worklist</h1>
          <p class="quiet">
            Each chest CT below was read by a network trained to look at the clot. It gives the probability of pulmonary
            embolism and shows where it looked; a radiologist decides.
          </p>
        </div>
        <Upload />
      </div>
      <div class="worklist-controls" role="search">
        <div class="segments" role="group" aria-label="Which studies">
          {(Object.keys(filters) as Filter[]).map((name) => (
            <button type="button" key={name} aria-pressed={name === filter} onClick={() => setFilter(name)}>
              {filters[name].label}
              <span class="count">{(studies ?? []).filter(filters[name].keep).length}</span>
            </button>
          ))}
        </div>
        <input
          type="search"
          placeholder="Patient, date, description"
          aria-label="Search studies"
          value={search}
          onInput={(event) => setSearch(event.currentTarget.value)}
        />
      </div>
      {problem && (
        <p class="alert" role="alert">
          The server can’t be reached: {problem}
        </p>
      )}
      <ServerProblems />
      {studies === undefined ? (
        <p class="waiting">Loading the worklist …</p>
      ) : (
        <StudyTable studies={shown} empty={studies.length === 0} />
      )}
    </main>
  );
}

function StudyTable({ studies, empty }: { readonly studies: readonly Study[]; readonly empty: boolean }) {
  if (studies.length === 0) {
    return <p class="waiting">{empty ? "No studies yet. Add a DICOM folder or a zip above." : "No study matches."}</p>;
  }
  return (
    <table class="studies">
      <thead>
        <tr>
          <th scope="col">Probability</th>
          <th scope="col">Patient</th>
          <th scope="col">Date</th>
          <th scope="col">Description</th>
          <th scope="col">Hospital</th>
          <th scope="col">State</th>
          <th scope="col">
            <span class="unseen">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {studies.map((study) => (
          <StudyRow key={study.id} study={study} />
        ))}
      </tbody>
    </table>
  );
}

function StudyRow({ study }: { readonly study: Study }) {
  const address = `#/study/${encodeURIComponent(study.id)}`;
  const [problem, setProblem] = useState<string | undefined>();
  const remove = async () => {
    try {
      // Asked about as it is now: what is not named in the question does not go.
      const { study: now, version } = await studyDetail(study.id);
      setProblem(undefined);
      if (confirm(removalQuestion(now))) await removeStudy(now.id, version);
    } catch (error) {
      const reason = isConflict(error)
        ? "somebody has worked on it just now. Press ✕ again to see what would go with it"
        : String(error instanceof Error ? error.message : error);
      setProblem(`Not removed: ${reason}.`);
    }
  };
  return (
    <tr
      class={`study ${study.decision ?? study.state}`}
      onClick={() => {
        location.hash = address;
      }}
    >
      <td>
        <Probability study={study} />
      </td>
      <td>
        <a href={address} class="patient">
          {study.patient.name || "No name"}
        </a>
        <span class="quiet">{study.patient.id}</span>
      </td>
      <td class="figures">{study.date ?? "–"}</td>
      <td>
        {study.description || "–"}
        <span class="quiet">{study.images === 1 ? "1 image" : `${study.images} images`}</span>
      </td>
      <td>{study.hospital || "–"}</td>
      <td>
        <State study={study} />
        {problem && (
          <span class="alert" role="alert">
            {problem}
          </span>
        )}
      </td>
      <td>
        <button
          type="button"
          class="plain"
          aria-label={`Remove ${study.patient.name || study.id}`}
          title="Remove from this worklist"
          onClick={(event) => {
            event.stopPropagation();
            void remove();
          }}
        >
          ✕
        </button>
      </td>
    </tr>
  );
}

function Probability({ study }: { readonly study: Study }) {
  if (study.decision === "indeterminate") return <span class="probability indeterminate">indeterminate</span>;
  if (study.probability === null || study.decision === null) return <span class="quiet">–</span>;
  return (
    <span class={`probability ${study.decision}`}>
      <span class="bar" style={{ width: `${Math.round(study.probability * 100)}%` }} />
      <strong>{formatPercent(study.probability)}</strong>
      <span>{study.decision}</span>
    </span>
  );
}

function State({ study }: { readonly study: Study }) {
  const verdict = study.verdicts.findLast(({ slab }) => slab === null);
  switch (study.state) {
    case "waiting":
      return <span class="state">waiting</span>;
    case "running":
      return (
        <span class="state">
          {study.progress ? `${study.progress.label} …` : "starting …"}
          <progress aria-label="Progress" value={study.progress?.done ?? 0} max={study.progress?.total ?? 1} />
        </span>
      );
    case "refused":
    case "failed":
      return (
        <span class="state problem">
          {study.state}
          <span>{study.reason?.message}</span>
          <JudgeAgain id={study.id} />
        </span>
      );
    case "done":
      return (
        <span class="state">
          {verdict ? `${verdict.verdict} by ${verdict.reader}` : "to be read"}
          {study.warnings.map(({ code, message }) => (
            <span key={code} class="warning">
              {message}
            </span>
          ))}
        </span>
      );
  }
}

function JudgeAgain({ id }: { readonly id: string }) {
  const [problem, setProblem] = useState<string | undefined>();
  const judge = () =>
    judgeAgain(id).then(
      () => setProblem(undefined),
      (error: unknown) => setProblem(error instanceof Error ? error.message : String(error)),
    );
  return (
    <>
      <button
        type="button"
        onClick={(event) => {
          event.stopPropagation();
          void judge();
        }}
      >
        Judge again
      </button>
      {problem && <span role="alert">Not started: {problem}.</span>}
    </>
  );
}

function Upload() {
  const chooser = useRef<HTMLInputElement>(null);
  const [message, setMessage] = useState<{ text: string; problem: boolean } | undefined>();
  const [over, setOver] = useState(false);

  const send = async (files: readonly File[]) => {
    if (files.length === 0) return;
    setMessage({
      text: `Sending ${files.length} ${files.length === 1 ? "file" : "files"} to the server …`,
      problem: false,
    });
    try {
      const { studies, refused } = await upload(files);
      const taken =
        studies.length === 0
          ? "Nothing was added."
          : `${studies.length} ${studies.length === 1 ? "study" : "studies"} added.`;
      const reasons = [...new Set(refused.map(({ message }) => message))].slice(0, 3);
      setMessage({
        text:
          refused.length === 0
            ? taken
            : `${taken} ${refused.length} ${refused.length === 1 ? "file" : "files"} refused: ${reasons.join("; ")}`,
        problem: refused.length > 0,
      });
    } catch (error) {
      setMessage({ text: error instanceof Error ? error.message : String(error), problem: true });
    }
  };

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is a second way to do what the button inside does
    <div
      class={over ? "upload over" : "upload"}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={async (event) => {
        event.preventDefault();
        setOver(false);
        if (event.dataTransfer) await send(await droppedFiles(event.dataTransfer));
      }}
    >
      <button type="button" onClick={() => chooser.current?.click()}>
        Add studies
      </button>
      <span class="quiet">or drop a DICOM folder or zip here</span>
      <input
        ref={chooser}
        type="file"
        multiple
        hidden
        aria-label="DICOM files or zip"
        onChange={(event) => void send([...(event.currentTarget.files ?? [])])}
      />
      {message && (
        <p class={message.problem ? "alert" : "quiet"} role="status">
          {message.text}
        </p>
      )}
    </div>
  );
}
