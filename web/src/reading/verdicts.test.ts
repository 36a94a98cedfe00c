import { expect, test } from "vitest";
import type { NewVerdict, Verdict } from "../../../src/service/schema.ts";
import type { GivenVerdicts } from "../api.ts";
import { ApiError } from "../api-error.ts";
import { giveBeside, type VerdictServer } from "./verdicts.ts";

/** A server whose version is the number of its verdicts. */
function serverWith(kept: Verdict[]): VerdictServer & { readonly kept: Verdict[] } {
  return {
    kept,
    read: async (): Promise<GivenVerdicts> => ({ verdicts: [...kept], version: String(kept.length) }),
    give: async (verdict, version) => {
      if (version !== String(kept.length)) throw new ApiError("changed-meanwhile", "somebody gave a verdict");
      kept.push({ ...verdict, at: `at ${kept.length}`, diagnosisId: null });
    },
  };
}
const by = (reader: string, slab: number | null): NewVerdict => ({ slab, verdict: "confirmed", reader, note: "" });

test("a verdict is given beside those that others gave on other findings in between", async () => {
  const server = serverWith([]);
  const shown = await server.read();
  await server.give(by("Dr Two", 7), "0");
  const { given, between } = await giveBeside(server, shown, by("Dr One", 3));
  expect(between).toBeUndefined();
  expect(given.verdicts.map(({ reader }) => reader)).toEqual(["Dr Two", "Dr One"]);
});

test("a verdict is not given where another's on the same finding was not shown, and is once it was", async () => {
  const server = serverWith([]);
  const shown = await server.read();
  await server.give(by("Dr Two", null), "0");
  const first = await giveBeside(server, shown, by("Dr One", null));
  expect(first.between?.reader).toBe("Dr Two");
  expect(server.kept).toHaveLength(1);
  const second = await giveBeside(server, first.given, by("Dr One", null));
  expect(second.between).toBeUndefined();
  expect(server.kept.map(({ reader }) => reader)).toEqual(["Dr Two", "Dr One"]);
});

test("a verdict that others come before again and again is given up with the reason", async () => {
  const server = serverWith([]);
  const busy: VerdictServer = {
    read: async () => {
      const given = await server.read();
      await server.give(by("Dr Two", 7), given.version);
      return given;
    },
    give: server.give,
  };
  await expect(giveBeside(busy, await busy.read(), by("Dr One", 3))).rejects.toThrow("somebody gave a verdict");
});
