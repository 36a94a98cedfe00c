/** Who reads: asked once, remembered in this browser, kept with every verdict and annotation. */
const key = "embolens.reader";

export function useReader(): { readonly ask: () => string | undefined } {
  return {
    ask: () => {
      const known = localStorage.getItem(key);
      if (known) return known;
      const name = prompt("Your name, to be kept with your verdicts and annotations")?.trim();
      if (name) localStorage.setItem(key, name);
      return name || undefined;
    },
  };
}
