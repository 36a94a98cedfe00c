/**
 * Reading a CT series in every transfer syntax, beside pydicom and gdcm: `npm run bench -- read`.
 *
 *     npm run bench -- read --slices 300 --rounds 5 --syntax "JPEG-LS"
 *
 * The series is a chest with a scanner's noise, written by our own writer and put into the other syntaxes by dcmtk and
 * gdcm. Every program reads the folder from its name to a volume of HU, in turn; the disk's cache is warm for all.
 * Peers run as they do by themselves: on one thread, but for JPEG 2000, which gdcm decodes on all cores. Memory is the largest of a process that reads once.
 */
import { execFile, execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { Random } from "../src/random.ts";
import { uidFrom, writeCtSlice } from "../src/volume/dicom-write/index.ts";
import { patientPoint, type Volume } from "../src/volume/index.ts";
import { encodedFile } from "../test/volume/encoded-series.ts";
import { alternate } from "./alternate.ts";

const run = promisify(execFile);
const side = 512;

interface Syntax {
  readonly name: string;
  /** Turns one file into another; undefined for the files as written. */
  readonly encode?: (from: string, to: string) => Promise<unknown>;
  /** Whether the peers can read it. */
  readonly peers?: false;
}

const by =
  (program: string, ...options: readonly string[]) =>
  (from: string, to: string): Promise<unknown> =>
    run(program, [...options, from, to]);

/** No tool of Debian's writes high-throughput JPEG 2000; the encoder our tests use does. */
async function toHtj2k(from: string, to: string): Promise<void> {
  await writeFile(to, await encodedFile(await readFile(from), "htj2k", side, side));
}

const syntaxes: readonly Syntax[] = [
  { name: "Explicit VR little endian" },
  { name: "Implicit VR little endian", encode: by("dcmconv", "+ti") },
  { name: "Explicit VR big endian", encode: by("dcmconv", "+tb") },
  { name: "Deflated", encode: by("dcmconv", "+td") },
  { name: "RLE lossless", encode: by("dcmcrle") },
  { name: "JPEG lossless", encode: by("dcmcjpeg", "+e1") },
  { name: "JPEG extended, 12 bit", encode: by("dcmcjpeg", "+ee") },
  { name: "JPEG-LS lossless", encode: by("dcmcjpls") },
  { name: "JPEG 2000 lossless", encode: by("gdcmconv", "--j2k") },
  { name: "HTJ2K lossless", encode: toHtj2k, peers: false },
];

const peers = ["pydicom", "gdcm"] as const;

export async function bench(argv: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      slices: { type: "string", default: "300" },
      rounds: { type: "string", default: "3" },
      syntax: { type: "string", multiple: true, default: [] },
    },
  });
  const slices = Number(values.slices);
  const rounds = Number(values.rounds);
  const wanted = syntaxes.filter(
    ({ name }) => values.syntax.length === 0 || values.syntax.some((part) => name.includes(part)),
  );
  const root = join(import.meta.dirname, "..");
  build(root);
  const folder = await mkdtemp(join(tmpdir(), "embolens-bench-read-"));
  try {
    const written = await writeSeries(join(folder, "written"), slices);
    console.log(
      `${slices} slices of ${side} x ${side}, ${cpus()[0]?.model}, ${availableParallelism()} cores; median of ${rounds}\n`,
    );
    console.log(row("syntax", "ours s", ...peers.map((peer) => `${peer} s`), "ours / best peer", "memory / volume"));
    for (const syntax of wanted) {
      const own = syntax.encode ? await convert(syntax.encode, written, join(folder, "converted")) : written;
      console.log(await measure(syntax, own, slices, rounds));
      if (own !== written) await rm(own, { recursive: true });
    }
    const [slabs] = await alternate([ours("slabs", written)], { warmUp: 1, rounds });
    console.log(`\nlungs found and 50 slabs cut: ${slabs!.median.toFixed(2)} s`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The compiled program is what is measured. */
function build(root: string): void {
  try {
    execFileSync("npm", ["run", "kernel", "--silent"], { cwd: root, stdio: ["ignore", "ignore", "inherit"] });
    execFileSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", "tsconfig.build.json"], {
      cwd: root,
    });
  } catch {
    // The compiler writes what it can even where types are wrong; those are `npm run check`'s business.
    console.warn("the build has errors; what it wrote is measured");
  }
}

const row = (...cells: readonly string[]): string =>
  cells.map((cell, index) => (index === 0 ? cell.padEnd(28) : cell.padStart(17))).join("");

const workers = join(import.meta.dirname, "workers");
const ours = (what: string, folder: string): readonly string[] => [
  process.execPath,
  join(workers, "read.mjs"),
  what,
  folder,
];
const theirs = (peer: string, folder: string): readonly string[] => [
  "/usr/bin/python3",
  join(import.meta.dirname, "peers/read.py"),
  peer,
  folder,
];

async function measure(syntax: Syntax, folder: string, slices: number, rounds: number): Promise<string> {
  const beside = syntax.peers === false ? [] : peers;
  const commands = [ours("volume", folder), ...beside.map((peer) => theirs(peer, folder))];
  const [own, ...others] = await alternate(commands, { warmUp: 1, rounds });
  const [once] = await alternate([ours("volume", folder)], { warmUp: 0, rounds: 1 });
  const best = Math.min(...others.map(({ median }) => median));
  const seconds = peers.map((_, index) => others[index]?.median.toFixed(2) ?? "-");
  const volume = (slices * side * side * 2) / 2 ** 20;
  return row(
    syntax.name,
    own!.median.toFixed(2),
    ...seconds,
    others.length > 0 ? (own!.median / best).toFixed(2) : "-",
    (once!.peak / volume).toFixed(2),
  );
}

/** A chest: trunk, two lungs with vessels' worth of noise in them, and the noise of a scanner. */
async function writeSeries(folder: string, slices: number): Promise<string> {
  await mkdir(folder, { recursive: true });
  const random = new Random(1, "bench", "noise");
  const noise = Int8Array.from({ length: 1 << 20 }, () => {
    const sum = random.uniform() + random.uniform() + random.uniform() + random.uniform() - 2;
    return Math.round(sum * 30);
  });
  const voxels = new Int16Array(side * side);
  const geometry: Volume["geometry"] = {
    size: [side, side, 1],
    spacing: [0.7, 0.7, 1],
    origin: patientPoint(-179, -179, 0),
    axes: [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ],
  };
  for (let slice = 0; slice < slices; slice++) {
    const height = (slice / slices - 0.5) * 2.4;
    const start = Math.floor(random.uniform() * noise.length);
    for (let index = 0; index < voxels.length; index++) {
      const [x, y] = [(index % side) / side - 0.5, Math.floor(index / side) / side - 0.5];
      const trunk = (x / 0.46) ** 2 + (y / 0.34) ** 2 < 1;
      const lung = ((Math.abs(x) - 0.2) / 0.14) ** 2 + (y / 0.22) ** 2 + height ** 2 < 1;
      const grain = noise[(start + index * 7) % noise.length]!;
      // Air is as noisy as tissue, and HU end at -1024; outside the round field nothing was reconstructed.
      const reconstructed = x * x + y * y < 0.25;
      voxels[index] = reconstructed ? Math.max(-1024, (trunk ? (lung ? -850 : 40) : -1000) + grain) : -1024;
    }
    const placed = { ...geometry, origin: patientPoint(-179, -179, slice) };
    const file = writeCtSlice({ geometry: placed, voxels, warnings: [] }, 0, {
      seed: 1,
      name: "bench",
      adjust: (dataset) => {
        dataset.set(0x00080018, { vr: "UI", value: uidFrom(1, "bench", "slice", slice) });
        dataset.set(0x00200013, { vr: "IS", value: slice + 1 });
      },
    });
    await writeFile(join(folder, `${String(slice).padStart(4, "0")}.dcm`), file.bytes);
  }
  return folder;
}

async function convert(encode: NonNullable<Syntax["encode"]>, from: string, to: string): Promise<string> {
  await mkdir(to, { recursive: true });
  const files = await readdir(from);
  let next = 0;
  const work = async () => {
    while (next < files.length) {
      const file = files[next++]!;
      await encode(join(from, file), join(to, file));
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  return to;
}
