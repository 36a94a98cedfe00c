/**
 * HTML that can't be broken by what is put into it.
 *
 *     html`<p>${anyText}</p>`.text;   // anyText is escaped, nested html`...` isn't
 */

declare const safe: unique symbol;

/** Markup that is well-formed and escaped. */
export interface Html {
  readonly text: string;
  readonly [safe]: true;
}

type Content = Html | string | number | readonly Content[];

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

const render = (content: Content): string => {
  if (typeof content === "string") return content.replace(/[&<>"']/g, (character) => entities[character]!);
  if (typeof content === "number") return String(content);
  return "text" in content ? content.text : content.map(render).join("");
};

/** Markup from trusted code: a figure our plotting library drew, a style sheet. */
export const trusted = (text: string): Html => ({ text }) as Html;

export function html(pieces: TemplateStringsArray, ...contents: readonly Content[]): Html {
  return trusted(
    pieces.map((piece, index) => piece + (index < contents.length ? render(contents[index]!) : "")).join(""),
  );
}
