/** Who reads: asked once, remembered in this browser, kept with every verdict and annotation, changed at any time. */
import { useEffect, useState } from "preact/hooks";

const key = "embolens.reader";

export interface Reader {
  readonly name: string | undefined;
  /** The name, asked for where it isn't known; undefined where the reader gives none. */
  readonly ask: () => string | undefined;
  readonly change: () => string | undefined;
}

/** Whoever is signed in signs as who he is. */
let signature: string | undefined;
export function setSignature(name: string | undefined): void {
  signature = name;
}
export const isSignedIn = (): boolean => signature !== undefined;

const known = (): string | undefined => signature ?? (localStorage.getItem(key) || undefined);

/** Asks for the name; no answer leaves it as it is, an empty one forgets it. */
function change(): string | undefined {
  if (signature !== undefined) return signature;
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
