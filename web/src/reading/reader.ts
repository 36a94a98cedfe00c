/** Who reads: asked once, remembered in this browser, kept with every verdict and annotation, changed at any time. */
import { useEffect, useState } from "preact/hooks";

const key = "embolens.reader";

export interface Reader {
  readonly name: string | undefined;
  /** The name, asked for where it isn't known; undefined where the reader gives none. */
  readonly ask: () => string | undefined;
  readonly change: () => string | undefined;
}

const known = (): string | undefined => localStorage.getItem(key) || undefined;

/** Asks for the name; no answer leaves it as it is, an empty one forgets it. */
function change(): string | undefined {
  const given = prompt("Your name, to be kept with your verdicts and annotations", known() ?? "");
  if (given === null) return known();
  localStorage.setItem(key, given.trim());
  // Other tabs hear of it from the browser, this one only so.
  dispatchEvent(new StorageEvent("storage", { key }));
  return known();
}

const ask = () => known() ?? change();

export function useReader(): Reader {
  const [name, setName] = useState(known);
  useEffect(() => {
    const listen = () => setName(known());
    addEventListener("storage", listen);
    return () => removeEventListener("storage", listen);
  }, []);
  return { name, ask, change };
}
