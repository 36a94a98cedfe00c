/**
 * A study read on this computer alone: dropped on the page, diagnosed in a worker, shown. Nothing is sent.
 */
import { useRef, useState } from "preact/hooks";
import type { Progress } from "../../../src/progress.ts";
import { diagnosisSchema } from "../../../src/service/schema.ts";
import { modelFile } from "../api.ts";
import { droppedFiles } from "../design/dropped-files.ts";
import { Reading } from "../reading/Reading.tsx";
import type { ReadingSubject } from "../reading/subject.ts";
import type { LocalMessage, LocalRequest } from "./diagnosis-worker.ts";

type State =
  | { readonly name: "empty" }
  | { readonly name: "working"; readonly progress: Progress | undefined; readonly device: string }
  | { readonly name: "refused"; readonly message: string; readonly hint: string | undefined }
  | { readonly name: "diagnosed"; readonly subject: ReadingSubject };

export default function LocalReading() {
  const [state, setState] = useState<State>({ name: "empty" });
  const worker = useRef<Worker | undefined>(undefined);

  const stop = () => {
    worker.current?.terminate();
    worker.current = undefined;
  };
  const read = async (files: readonly File[]) => {
    if (files.length === 0) return;
    stop();
    setState({ name: "working", progress: undefined, device: "" });
    try {
      const diagnosing = new Worker(new URL("./diagnosis-worker.ts", import.meta.url), { type: "module" });
      worker.current = diagnosing;
      diagnosing.onmessage = ({ data }: MessageEvent<LocalMessage>) => setState((before) => after(before, data));
      diagnosing.onerror = ({ message }) => setState({ name: "refused", message, hint: undefined });
      const model = await modelFile();
      const request: LocalRequest = {
        model,
        files: files.map((file) => ({ path: file.webkitRelativePath || file.name, file })),
      };
      diagnosing.postMessage(request, [model]);
    } catch (error) {
      setState({ name: "refused", message: error instanceof Error ? error.message : String(error), hint: undefined });
    }
  };

  if (state.name === "diagnosed") return <Reading subject={state.subject} />;
  return <Drop state={state} onFiles={(files) => void read(files)} />;
}

function after(before: State, message: LocalMessage): State {
  const device = before.name === "working" ? before.device : "";
  switch (message.kind) {
    case "device":
      return { name: "working", progress: undefined, device: message.reason };
    case "progress":
      return { name: "working", progress: message.progress, device };
    case "refused":
      return { name: "refused", message: message.message, hint: message.hint };
    case "diagnosed": {
      const { volume, document, attention } = message;
      const subject: ReadingSubject = {
        title: "On this computer",
        subtitle: "read and diagnosed here; nothing was sent",
        volume,
        diagnosis: diagnosisSchema.parse(document),
        attention,
        kept: null,
      };
      return { name: "diagnosed", subject };
    }
  }
}

function Drop({ state, onFiles }: { readonly state: State; readonly onFiles: (files: readonly File[]) => void }) {
  const folder = useRef<HTMLInputElement>(null);
  const files = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  return (
    <main
      class="local"
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={async (event) => {
        event.preventDefault();
        setOver(false);
        if (event.dataTransfer) onFiles(await droppedFiles(event.dataTransfer));
      }}
    >
      <div class={over ? "drop over" : "drop"}>
        <h1>Read a study on this computer</h1>
        <p>Drop a folder of DICOM images, a zip, or a NIfTI file here.</p>
        <p class="private">
          Nothing is sent: the images are read, prepared and diagnosed inside this page, by the same program as on the
          server.
        </p>
        <div class="buttons">
          <button type="button" class="primary" onClick={() => folder.current?.click()}>
            Choose a folder
          </button>
          <button type="button" onClick={() => files.current?.click()}>
            Choose files or a zip
          </button>
        </div>
        <input
          ref={folder}
          type="file"
          hidden
          aria-label="Folder of images"
          {...{ webkitdirectory: true }}
          onChange={(event) => onFiles([...(event.currentTarget.files ?? [])])}
        />
        <input
          ref={files}
          type="file"
          multiple
          hidden
          aria-label="Images or a zip"
          onChange={(event) => onFiles([...(event.currentTarget.files ?? [])])}
        />
        {state.name === "working" && (
          <div role="status">
            <p>
              {state.progress
                ? `${state.progress.label}: ${state.progress.done} of ${state.progress.total} ${state.progress.unit}`
                : "Loading the network …"}
            </p>
            <progress aria-label="Progress" value={state.progress?.done} max={state.progress?.total ?? 1} />
            <p class="quiet">{state.device}</p>
          </div>
        )}
        {state.name === "refused" && (
          <p class="alert" role="alert">
            {state.message}
            {state.hint && <span class="quiet"> {state.hint}</span>}
          </p>
        )}
      </div>
    </main>
  );
}
