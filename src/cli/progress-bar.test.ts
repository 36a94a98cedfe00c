import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { progressBar, say } from "./progress-bar.ts";

const said: string[] = [];
const { isTTY } = process.stderr;

beforeEach(() => {
  vi.useFakeTimers();
  said.length = 0;
  vi.spyOn(process.stderr, "write").mockImplementation((text) => said.push(String(text)) > 0);
  process.stderr.isTTY = false;
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  process.stderr.isTTY = isTTY;
});

test("works side by side are told of in turn, each with a rate and a remaining time of its own", () => {
  const onProgress = progressBar();
  const tell = (label: string, done: number) => onProgress({ label, done, total: 100, unit: "slabs" });
  tell("with", 0);
  vi.advanceTimersByTime(5000);
  tell("without", 0);
  tell("with", 50);
  vi.advanceTimersByTime(5000);
  tell("without", 10);
  tell("with", 100);
  expect(said).toEqual([
    "with 0/100 slabs\n",
    "without 0/100 slabs\n",
    "with 50/100 slabs  10.0/s 5 s left\n",
    "without 10/100 slabs  2.00/s 45 s left\n",
    "with 100/100 slabs  10.0 s\n",
  ]);
});

test("a piece of work is told of every five seconds and at its end, however often it tells", () => {
  const onProgress = progressBar();
  for (let done = 0; done <= 100; done++) {
    onProgress({ label: "decoding", done, total: 100, unit: "slices" });
    vi.advanceTimersByTime(90);
  }
  expect(said).toHaveLength(3);
  say("and that was all");
  expect(said.at(-1)).toBe("and that was all\n");
});
