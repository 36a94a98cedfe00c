/** Keyboard shortcuts of a view, silent while the reader types into a field. */
import { useEffect, useRef } from "preact/hooks";

export type Keys = Readonly<Record<string, () => void>>;

const typedInto =
  "textarea, select, [contenteditable], input:not([type=range], [type=checkbox], [type=radio], [type=button])";
const pressed = "button, a, [role=button], input[type=checkbox], input[type=radio], summary";
const movesSlider = new Set(["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "PageUp", "PageDown", "Home", "End"]);

/** A letter is upper case with Shift alone: Caps Lock changes no key. */
export const keyName = ({ key, shiftKey }: Pick<KeyboardEvent, "key" | "shiftKey">): string =>
  /^\p{Letter}$/u.test(key) ? (shiftKey ? key.toUpperCase() : key.toLowerCase()) : key;

export function useKeys(keys: Keys): void {
  const latest = useRef(keys);
  latest.current = keys;
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      // What is asked comes first: the keys of the view behind would act unseen.
      if (document.querySelector("dialog:modal")) return;
      const target = event.target as HTMLElement | null;
      if (target?.matches(typedInto)) return;
      if (target?.matches(pressed) && [" ", "Enter"].includes(event.key)) return;
      if (target?.matches("input[type=range]") && movesSlider.has(event.key)) return;
      const name = `${event.ctrlKey || event.metaKey ? "control+" : ""}${keyName(event)}`;
      const action = latest.current[name];
      if (!action || event.altKey) return;
      event.preventDefault();
      action();
    };
    addEventListener("keydown", listen);
    return () => removeEventListener("keydown", listen);
  }, []);
}
