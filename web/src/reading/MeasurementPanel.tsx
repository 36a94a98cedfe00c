/** What was measured on this study: each leads to where it was, the reader's own can be removed. */
import { measuredText, middleOf } from "../viewer/measurements.ts";
import type { Viewer } from "../viewer/viewer.ts";
import type { ReaderMeasurements } from "./use-measurements.ts";

interface MeasurementPanelProps {
  readonly viewer: Viewer;
  readonly measuring: ReaderMeasurements;
}

const names = { length: "Length", probe: "HU probe" } as const;

export function MeasurementPanel({ viewer, measuring }: MeasurementPanelProps) {
  const { own, others, state } = measuring;
  if (own.length === 0 && others.length === 0 && state.name === "saved") return null;
  const rows = [
    ...own.map((measurement) => ({ measurement, reader: undefined })),
    ...others.map((measurement) => ({ measurement, reader: measurement.reader })),
  ];
  return (
    <section class="measurements">
      <h2>Measurements</h2>
      <ul>
        {rows.map(({ measurement, reader }) => (
          <li key={`${reader ?? ""} ${measurement.id}`} class={reader === undefined ? undefined : "other"}>
            <button type="button" class="plain" onClick={() => viewer.goTo(middleOf(measurement))}>
              <span>
                {names[measurement.kind]}, {measurement.plane}
              </span>{" "}
              <strong>{measuredText(measurement)}</strong>
            </button>
            {reader === undefined ? (
              <button
                type="button"
                aria-label={`Remove ${names[measurement.kind].toLowerCase()} ${measuredText(measurement)}`}
                onClick={() => measuring.remove(measurement.id)}
              >
                Remove
              </button>
            ) : (
              <span class="quiet">{reader}</span>
            )}
          </li>
        ))}
      </ul>
      {state.name === "nameless" && (
        <p class="quiet">
          Not kept yet: nobody has said who is reading.{" "}
          <button type="button" class="link" onClick={measuring.save}>
            Say who, and keep them
          </button>
        </p>
      )}
      {state.name === "failed" && (
        <div class="alert" role="alert">
          <p>Measurements not kept: {state.message}</p>
          <button type="button" onClick={measuring.save}>
            Try again
          </button>
        </div>
      )}
    </section>
  );
}
