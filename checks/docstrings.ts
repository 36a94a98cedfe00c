/**
 * What leaves a room by its door has a docstring.
 *
 *     complaints.push(...undocumentedExports());
 *
 * `undocumented.txt` lists names from before this rule. It only gets shorter: take a name out when it gets its docstring.
 */
import { type Complaint, doors, exportsOf, textOf } from "./sources.ts";

export function undocumentedExports(): Complaint[] {
  const known = new Set(textOf("checks/undocumented.txt").split("\n"));
  const found = doors().flatMap((door) => [...exportsOf(door).values()]);
  return [...new Set(found)]
    .filter(({ documented, name }) => !documented && !known.has(name))
    .map(({ path, line, name }) => ({ path, line, message: `${name} leaves its room without a docstring` }));
}
