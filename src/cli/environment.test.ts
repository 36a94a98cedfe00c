import { Command } from "commander";
import { afterEach, expect, test } from "vitest";
import { deviceOption, modelOption } from "./terminal.ts";

afterEach(() => {
  delete process.env["EMBOLENS_DEVICE"];
  delete process.env["EMBOLENS_MODEL"];
});

const parsed = (...argv: string[]) =>
  modelOption(deviceOption(new Command("test").exitOverride().configureOutput({ writeErr: () => {} })), "the model")
    .parse(argv, { from: "user" })
    .opts();

test("EMBOLENS_DEVICE and EMBOLENS_MODEL are the defaults of --device and --model, which win over them", () => {
  expect(parsed()).toEqual({ device: "auto" });
  process.env["EMBOLENS_DEVICE"] = "cpu";
  process.env["EMBOLENS_MODEL"] = "run/model.safetensors";
  expect(parsed()).toEqual({ device: "cpu", model: "run/model.safetensors" });
  expect(parsed("--device", "webgpu", "--model", "other")).toEqual({ device: "webgpu", model: "other" });
  process.env["EMBOLENS_DEVICE"] = "abacus";
  expect(() => parsed()).toThrow(/EMBOLENS_DEVICE|abacus/);
});
