/**
 * Ways to break a file: flipped bytes, cut ends, lengths that lie, blocks repeated or wiped, huge counts.
 *
 *     const broken = mutate(file, fc.sample(mutations, 1)[0]);
 *
 * A mutation is plain data, so a failing one can be printed and run again.
 */
import fc from "fast-check";

export type Mutation =
  | { readonly kind: "flip"; readonly at: number; readonly bits: number }
  | { readonly kind: "cut"; readonly at: number }
  | { readonly kind: "fill"; readonly at: number; readonly length: number; readonly byte: number }
  | { readonly kind: "repeat"; readonly at: number; readonly length: number; readonly times: number }
  | { readonly kind: "remove"; readonly at: number; readonly length: number }
  | { readonly kind: "word"; readonly at: number; readonly value: number; readonly big: boolean }
  | { readonly kind: "length"; readonly which: number; readonly value: number }
  | { readonly kind: "digits"; readonly which: number; readonly text: string };

/** A place as a share of the file, with the head, where the structure is, drawn as often as all the rest. */
const place = fc.oneof(
  fc.double({ min: 0, max: 0.05, noNaN: true }),
  fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
);
const number = fc.oneof(
  fc.constantFrom(0, 1, 2, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff),
  fc.integer({ min: 0, max: 0xffffffff }),
);
const which = fc.nat(200);

export const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.record({ kind: fc.constant("flip" as const), at: place, bits: fc.integer({ min: 1, max: 255 }) }),
  fc.record({ kind: fc.constant("cut" as const), at: place }),
  fc.record({
    kind: fc.constant("fill" as const),
    at: place,
    length: fc.nat(300),
    byte: fc.constantFrom(0, 0xff, 0x20, 0x31),
  }),
  fc.record({
    kind: fc.constant("repeat" as const),
    at: place,
    length: fc.nat(200),
    times: fc.integer({ min: 1, max: 50 }),
  }),
  fc.record({ kind: fc.constant("remove" as const), at: place, length: fc.integer({ min: 1, max: 300 }) }),
  fc.record({ kind: fc.constant("word" as const), at: place, value: number, big: fc.boolean() }),
  fc.record({ kind: fc.constant("length" as const), which, value: number }),
  fc.record({
    kind: fc.constant("digits" as const),
    which,
    text: fc.constantFrom(
      "0",
      "-1",
      "99999999",
      "1e308",
      "nan",
      "65535",
      "2147483647",
      "-0.0",
      "",
      "1\\2",
      "(",
      "0x10",
    ),
  }),
);

export const mutations = fc.array(mutation, { minLength: 1, maxLength: 6 });

export function mutate(content: Uint8Array, changes: readonly Mutation[]): Uint8Array {
  return changes.reduce(apply, content.slice());
}

function apply(content: Uint8Array, change: Mutation): Uint8Array {
  if (content.length === 0) return content;
  const at = "at" in change ? Math.floor(change.at * content.length) : 0;
  switch (change.kind) {
    case "flip":
      content[at]! ^= change.bits;
      return content;
    case "cut":
      return content.subarray(0, at);
    case "fill":
      content.fill(change.byte, at, at + change.length);
      return content;
    case "repeat": {
      const block = content.subarray(at, at + change.length);
      return joined(content.subarray(0, at), ...Array<Uint8Array>(change.times).fill(block), content.subarray(at));
    }
    case "remove":
      return joined(content.subarray(0, at), content.subarray(at + change.length));
    case "word": {
      const view = new DataView(content.buffer, content.byteOffset, content.length);
      if (at + 4 <= content.length) view.setUint32(at, change.value, !change.big);
      return content;
    }
    case "length":
      return lie(content, change.which, change.value);
    case "digits":
      return renumber(content, change.which, change.text);
  }
}

const joined = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));

/** Where explicit VR elements have their lengths: two capital letters that name a VR, at an even place. */
function lengthFields(content: Uint8Array): { readonly at: number; readonly wide: boolean }[] {
  const found: { at: number; wide: boolean }[] = [];
  for (let at = 4; at + 12 < Math.min(content.length, 1 << 16); at += 2) {
    const vr = String.fromCharCode(content[at]!, content[at + 1]!);
    if (/^(OB|OW|SQ|UN|UT)$/.test(vr)) found.push({ at: at + 4, wide: true });
    else if (/^(AE|AS|CS|DA|DS|IS|LO|LT|PN|SH|ST|TM|UI|UL|US|SS)$/.test(vr)) found.push({ at: at + 2, wide: false });
  }
  return found;
}

function lie(content: Uint8Array, which: number, value: number): Uint8Array {
  const fields = lengthFields(content);
  const field = fields[which % Math.max(fields.length, 1)];
  if (!field) return content;
  const view = new DataView(content.buffer, content.byteOffset, content.length);
  if (field.wide) view.setUint32(field.at, value, true);
  else view.setUint16(field.at, value & 0xffff, true);
  return content;
}

/** Another text where a number stands: sizes and spacings in text headers, decimal strings in DICOM. */
function renumber(content: Uint8Array, which: number, text: string): Uint8Array {
  const head = Buffer.from(content.subarray(0, 1 << 14)).toString("latin1");
  const runs = [...head.matchAll(/\d[\d.]*/g)];
  const run = runs[which % Math.max(runs.length, 1)];
  if (!run) return content;
  const replacement = Buffer.from(text, "latin1");
  return joined(content.subarray(0, run.index), replacement, content.subarray(run.index + run[0].length));
}
