/** Whose name the next verdict and annotation will carry: computers in a reading room are shared. */
import { useReader } from "./reader.ts";

export function ReaderName() {
  const { name, change } = useReader();
  if (!name) {
    return (
      <p class="reader">
        <button type="button" class="link" onClick={change}>
          Say who is reading
        </button>
      </p>
    );
  }
  return (
    <p class="reader">
      Reading as <strong>{name}</strong> ·{" "}
      <button type="button" class="link" aria-label="change who is reading" onClick={change}>
        change
      </button>
    </p>
  );
}
