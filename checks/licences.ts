/**
 * The licences of everything that is installed with the package: each one of those that Apache-2.0 work may depend on.
 *
 *     npm run check:licences
 *
 * Reads the bill of materials that `npm sbom` makes of the production packages.
 */
import { execFileSync } from "node:child_process";
import { z } from "zod";
import { root } from "./sources.ts";

const allowed = new Set([
  ..."Apache-2.0 MIT ISC BSD-2-Clause BSD-3-Clause BlueOak-1.0.0 Unlicense CC0-1.0 Zlib 0BSD Python-2.0".split(" "),
]);
/** Shared libraries that sharp loads at run time and anybody can replace: the LGPL asks no more. */
const replaceable = /^@img\/sharp-/;

const sbomSchema = z.object({
  components: z.array(
    z.object({
      name: z.string(),
      version: z.string(),
      licenses: z
        .array(z.union([z.object({ license: z.object({ id: z.string() }) }), z.object({ expression: z.string() })]))
        .optional(),
    }),
  ),
});

const output = execFileSync(
  "npm",
  ["sbom", "--omit=dev", "--omit=peer", "--package-lock-only", "--sbom-format=cyclonedx"],
  { cwd: root, encoding: "utf8", maxBuffer: 64 * 1024 * 1024, stdio: ["ignore", "pipe", "ignore"] },
);
const { components } = sbomSchema.parse(JSON.parse(output));
const refused = components.flatMap(({ name, version, licenses = [] }) => {
  const stated = licenses.map((one) => ("license" in one ? one.license.id : one.expression));
  // "A OR B" is ours to choose; "A AND B" binds to both.
  const fits = (expression: string): boolean =>
    expression
      .replace(/[()]/g, "")
      .split(/ OR /)
      .some((choice) => choice.split(/ AND /).every((id) => allowed.has(id)));
  if (stated.length > 0 && stated.every(fits)) return [];
  return replaceable.test(name) ? [] : [`${name} ${version}: ${stated.join(", ") || "no licence stated"}`];
});
console.log(`${components.length} production packages`);
if (refused.length > 0) {
  console.error(refused.join("\n"));
  process.exit(1);
}
