/**
 * The checks that no linter has: links, citations, docstrings and their examples.
 *
 *     npm run check:pages
 *
 * Examples are written as modules into `.examples/` and compiled there.
 */
import { undocumentedExports } from "./docstrings.ts";
import { brokenExamples } from "./examples.ts";
import { brokenLinks, danglingCitations } from "./pages.ts";

const complaints = [...brokenLinks(), ...danglingCitations(), ...undocumentedExports(), ...brokenExamples()];
for (const { path, line, message } of complaints) console.error(`${path}:${line}: ${message}`);
if (complaints.length > 0) {
  console.error(`${complaints.length} complaint${complaints.length === 1 ? "" : "s"}`);
  process.exit(1);
}
