/** Whose name the next verdict and annotation will carry: computers in a reading room are shared. */
import { isSignedIn, useReader } from "./reader.ts";

export function ReaderName() {
  const { name, change } = useReader();
  // The header says who is signed in.
  if (isSignedIn()) return null;
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
