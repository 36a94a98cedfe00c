/** What stands around every view: the name, the way to the other views, and what this is not. */
import type { ComponentChildren } from "preact";
import { researchUse } from "../../../src/service/schema.ts";

interface HeaderProps {
  readonly place: "worklist" | "study" | "local";
  /** What only this place has to say. */
  readonly children?: ComponentChildren;
}

export function PageHeader({ place, children }: HeaderProps) {
  return (
    <header class="header">
      <a class="name" href="#/" aria-label="Embolens, to the worklist">
        <svg viewBox="0 0 16 16" aria-hidden="true">
          <circle cx="8" cy="8" r="6.5" />
          <circle class="clot" cx="9.5" cy="7" r="2.4" />
        </svg>
        Embolens
      </a>
      <nav aria-label="Views">
        <a href="#/" aria-current={place === "worklist" ? "page" : undefined}>
          Worklist
        </a>
        <a href="#/local" aria-current={place === "local" ? "page" : undefined}>
          On this computer
        </a>
      </nav>
      {children}
    </header>
  );
}

export function Footer() {
  return (
    <footer class="footer">
      {researchUse} Finds signs of pulmonary embolism on contrast chest CT; it can miss one.
    </footer>
  );
}
