import fc from "fast-check";
import { deflateSync } from "fflate";
import { describe, expect, test } from "vitest";
import { bytes } from "../source.ts";
import { openDataSet } from "./data-set.ts";
import { parseDataSet, pixelDataTag } from "./parser.ts";

const little = { explicit: true, bigEndian: false };
const implicit = { explicit: false, bigEndian: false };
const big = { explicit: true, bigEndian: true };
type Encoding = typeof little;

const longForm = /^(OB|OW|OV|SQ|SV|UN|UT|UV)$/;

/** An element as bytes; `length` is the declared one where it isn't the value's. */
function element(
  tag: number,
  vr: string,
  value: Uint8Array | string,
  { explicit, bigEndian }: Encoding = little,
  length?: number,
): Uint8Array {
  const content = typeof value === "string" ? new TextEncoder().encode(value.length % 2 ? `${value} ` : value) : value;
  const long = !explicit || longForm.test(vr);
  const head = new Uint8Array(explicit && long ? 12 : 8);
  const view = new DataView(head.buffer);
  view.setUint16(0, Math.floor(tag / 0x10000), !bigEndian);
  view.setUint16(2, tag % 0x10000, !bigEndian);
  if (explicit) head.set(new TextEncoder().encode(vr), 4);
  if (!explicit) view.setUint32(4, length ?? content.length, !bigEndian);
  else if (long) view.setUint32(8, length ?? content.length, !bigEndian);
  else view.setUint16(6, length ?? content.length, !bigEndian);
  return join(head, content);
}

const join = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));
const undefinedLength = 0xffffffff;
const none = new Uint8Array();
const short = (value: number, bigEndian = false) => {
  const content = new Uint8Array(2);
  new DataView(content.buffer).setUint16(0, value, !bigEndian);
  return content;
};
const item = (content: Uint8Array, length = content.length) => element(0xfffee000, "", content, implicit, length);
const itemEnd = element(0xfffee00d, "", none, implicit);
const sequenceEnd = element(0xfffee0dd, "", none, implicit);

const identity = (encoding: Encoding) =>
  join(
    element(0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.2", encoding),
    element(0x00080060, "CS", "CT", encoding),
    element(0x0020000e, "UI", "1.2.3", encoding),
    element(0x00280010, "US", short(512, encoding.bigEndian), encoding),
  );
const pixels = (encoding: Encoding) => element(0x7fe00010, "OW", new Uint8Array(8), encoding);

const meta = (syntax: string | undefined, lead = 128) => {
  const elements = syntax === undefined ? none : element(0x00020010, "UI", syntax);
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, elements.length, true);
  return join(new Uint8Array(lead), new TextEncoder().encode("DICM"), element(0x00020000, "UL", length), elements);
};

async function expectRead(content: Uint8Array, syntax = "1.2.840.10008.1.2.1") {
  const opened = await openDataSet(bytes("slice.dcm", content), () => false);
  expect(opened?.dataSet.string("x00080060")).toBe("CT");
  expect(opened?.dataSet.string("x0020000e")).toBe("1.2.3");
  expect(opened?.dataSet.uint16("x00280010")).toBe(512);
  expect(opened?.dataSet.element("x7fe00010")).toMatchObject({ length: 8 });
  expect(opened?.transferSyntax).toBe(syntax);
  return opened!;
}

const explicitUid = "1.2.840.10008.1.2.1";
const implicitUid = "1.2.840.10008.1.2";
const bigUid = "1.2.840.10008.1.2.2";

describe("a data set", () => {
  test("is read in every encoding, as declared", async () => {
    const plain = join(identity(little), pixels(little));
    expect((await expectRead(join(meta(explicitUid), plain))).notes).toEqual([]);
    await expectRead(join(meta(implicitUid), identity(implicit), pixels(implicit)), implicitUid);
    await expectRead(join(meta(bigUid), identity(big), pixels(big)), bigUid);
    const deflated = "1.2.840.10008.1.2.1.99";
    await expectRead(join(meta(deflated), deflateSync(plain)), deflated);
  });

  test("is read as it is encoded where it says otherwise, with a note", async () => {
    const declared = {
      [explicitUid]: little,
      [implicitUid]: implicit,
      [bigUid]: big,
      "1.2.840.10008.1.2.1.99": little,
    };
    for (const [uid, own] of Object.entries(declared)) {
      for (const [true_, encoding] of Object.entries({
        [explicitUid]: little,
        [implicitUid]: implicit,
        [bigUid]: big,
      })) {
        if (own === encoding) continue;
        const { notes } = await expectRead(join(meta(uid), identity(encoding), pixels(encoding)), true_);
        expect(notes).toEqual(["its data set is not encoded as its transfer syntax says"]);
      }
    }
  });

  test("is read without preamble, without meta information, without transfer syntax", async () => {
    const plain = join(identity(little), pixels(little));
    await expectRead(join(meta(undefined), plain));
    await expectRead(join(meta(explicitUid, 0), plain));
    await expectRead(join(meta(explicitUid).subarray(132), plain));
    await expectRead(plain);
    await expectRead(join(identity(implicit), pixels(implicit)), implicitUid);
    await expectRead(join(identity(big), pixels(big)), bigUid);
  });

  test("keeps what the meta information says where group 2 comes again", async () => {
    const again = element(0x00020010, "UI", explicitUid);
    const { notes } = await expectRead(
      join(meta("1.2.840.10008.1.2.4.70"), again, identity(little), pixels(little)),
      "1.2.840.10008.1.2.4.70",
    );
    expect(notes).toEqual(["it has meta information within its data set"]);
  });

  test("is read whatever stands in its private elements", async () => {
    const privates: Readonly<Record<string, Uint8Array>> = {
      "64-bit integers": join(...["OV", "SV", "UV"].map((vr) => element(0x00091001, vr, new Uint8Array(16)))),
      "a VR to come": join(element(0x00091001, "OB", new Uint8Array(2)).fill(0x5a, 4, 6)),
      "an element without a VR": element(0x00091001, "", "hello!", implicit),
      "a stray delimiter behind a sequence": join(
        element(0x00091001, "SQ", item(element(0x00080100, "SH", "x"))),
        sequenceEnd,
      ),
      "a delimiter within a sequence of known length": element(
        0x00091001,
        "SQ",
        join(item(element(0x00080100, "SH", "x")), sequenceEnd),
      ),
      "a broken sequence of known length": element(0x00091001, "SQ", new Uint8Array(20).fill(7)),
      "explicit items in UN": join(
        element(0x00091001, "UN", none, little, undefinedLength),
        item(element(0x00080100, "SH", "x"), undefinedLength),
        itemEnd,
        sequenceEnd,
      ),
      "implicit items in UN": join(
        element(0x00091001, "UN", none, little, undefinedLength),
        item(element(0x00080100, "SH", "x", implicit), undefinedLength),
        itemEnd,
        item(element(0x00080100, "SH", "x", implicit)),
        sequenceEnd,
      ),
      "items whose own delimiter is missing": join(
        element(0x00091001, "SQ", none, little, undefinedLength),
        item(element(0x00080100, "SH", "x"), undefinedLength),
        sequenceEnd,
      ),
      "fragments of an encapsulated icon": join(
        element(0x00091001, "OB", none, little, undefinedLength),
        item(new Uint8Array(6).fill(9)),
        sequenceEnd,
      ),
    };
    for (const [what, content] of Object.entries(privates)) {
      const whole = join(
        meta(explicitUid),
        element(0x00080060, "CS", "CT"),
        content,
        element(0x0020000e, "UI", "1.2.3"),
        element(0x00280010, "US", short(512)),
        pixels(little),
      );
      await expect(expectRead(whole), what).resolves.toBeDefined();
    }
  });

  test("gives a sequence's items whatever their lengths and encoding", () => {
    for (const encoding of [little, implicit]) {
      const own = (length: "known" | "undefined", text: string) => {
        const content = element(0x00080100, "SH", text, encoding);
        return length === "known" ? item(content) : join(item(content, undefinedLength), itemEnd);
      };
      const items = [own("known", "ab"), own("undefined", "cd")];
      const known = element(0x00081110, "SQ", join(...items), encoding);
      const open = join(element(0x00081115, "SQ", none, encoding, undefinedLength), ...items, sequenceEnd);
      const { dataSet, end } = parseDataSet(join(known, open, pixels(encoding)), 0, encoding, pixelDataTag);
      expect(end).toBe("stop");
      for (const tag of ["x00081110", "x00081115"]) {
        expect(dataSet.items(tag).map((one) => one.string("x00080100"))).toEqual(["ab", "cd"]);
      }
    }
  });

  test("of any bytes is parsed or refused, and cut anywhere it only asks for more", () => {
    const whole = join(
      identity(little),
      element(0x00400275, "SQ", none, little, undefinedLength),
      item(element(0x00080100, "SH", "x"), undefinedLength),
      itemEnd,
      sequenceEnd,
    );
    for (let cut = 0; cut < whole.length; cut++) {
      const { end } = parseDataSet(whole.subarray(0, cut), 0, little, pixelDataTag);
      expect(["short", "end"]).toContain(end);
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), fc.boolean(), (content, explicit, bigEndian) => {
        try {
          const { dataSet } = parseDataSet(content, 0, { explicit, bigEndian }, pixelDataTag);
          dataSet.string("x00080060");
          dataSet.items("x00081110");
        } catch (error) {
          expect((error as Error).message).toMatch(/byte|beyond|end|deep/);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
