/**
 * Work that leaving would lose: asked about before the page is closed and before another view is shown.
 *
 *     useUnsaved(painted);                        // in the view that holds the work
 *     if (!confirmLeave()) stay();                    // in what shows another view
 */
import { useLayoutEffect } from "preact/hooks";

let unsaved = 0;

export function useUnsaved(is: boolean): void {
  // Before the reader sees that it is unsaved, so that no click comes first.
  useLayoutEffect(() => {
    if (!is) return;
    // The browser asks in its own words.
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    unsaved += 1;
    addEventListener("beforeunload", ask);
    return () => {
      unsaved -= 1;
      removeEventListener("beforeunload", ask);
    };
  }, [is]);
}

/** Whether nothing is lost by leaving, or the reader wants to leave all the same. */
export const confirmLeave = (): boolean =>
  unsaved === 0 || confirm("Your work on this study is not saved. Leave it and lose what you painted or measured?");
