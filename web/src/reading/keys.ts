/** Keyboard shortcuts of a view, silent while the reader types into a field. */
import { useEffect, useRef } from "preact/hooks";

export type Keys = Readonly<Record<string, () => void>>;

export function useKeys(keys: Keys): void {
  const latest = useRef(keys);
  latest.current = keys;
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      // What is asked comes first: the keys of the view behind would act unseen.
      if (document.querySelector("dialog:modal")) return;
      const target = event.target as HTMLElement | null;
      if (target?.matches("input:not([type=range]), textarea, select, [contenteditable]")) return;
      if (
        target?.matches("button, a, [role=button], input[type=range]") &&
        [" ", "Enter", "ArrowUp", "ArrowDown"].includes(event.key)
      )
        return;
      const name = `${event.ctrlKey || event.metaKey ? "control+" : ""}${event.key}`;
      const action = latest.current[name];
      if (!action || event.altKey) return;
      event.preventDefault();
      action();
    };
    addEventListener("keydown", listen);
    return () => removeEventListener("keydown", listen);
  }, []);
}
