import { expect, test } from "vitest";
import { decodeDicomText } from "./character-sets.ts";

/** Text with bytes as \xNN or as Latin-1 characters. */
const raw = (text: string) => Uint8Array.from(text, (sign) => sign.charCodeAt(0));

// PS3.5 annexes H, I, J and K.
test.each([
  ["French", ["ISO_IR 100"], "Buc^J\xe9r\xf4me", "Buc^Jérôme"],
  ["German", ["ISO_IR 100"], "\xc4neas^R\xfcdiger", "Äneas^Rüdiger"],
  ["Greek", ["ISO_IR 126"], "\xc4\xe9\xef\xed\xf5\xf3\xe9\xef\xf2", "Διονυσιος"],
  ["Russian", ["ISO_IR 144"], "\xbb\xee\xdace\xdc\xd1yp\xd3", "Люкceмбypг"],
  ["Hebrew", ["ISO_IR 138"], "\xf9\xf8\xe5\xef^\xe3\xe1\xe5\xf8\xe4", "שרון^דבורה"],
  ["Chinese", ["GB18030"], "Wang^XiaoDong=\xcd\xf5^\xd0\xa1\xb6\xab", "Wang^XiaoDong=王^小东"],
  ["UTF-8", ["ISO_IR 192"], "\xe7\x8e\x8b^\xe5\xb0\x8f", "王^小"],
  [
    "Japanese",
    ["", "ISO 2022 IR 87"],
    "Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B",
    "Yamada^Tarou=山田^太郎=やまだ^たろう",
  ],
  [
    "Japanese with half-width katakana",
    ["ISO 2022 IR 13", "ISO 2022 IR 87"],
    "\xd4\xcf\xc0\xde^\xc0\xdb\xb3=\x1b$B;3ED\x1b(J^\x1b$BB@O:\x1b(J=\x1b$B$d$^$@\x1b(J^\x1b$B$?$m$&\x1b(J",
    "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう",
  ],
  [
    "Korean",
    ["", "ISO 2022 IR 149"],
    "Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7=\x1b$)C\xc8\xab^\x1b$)C\xb1\xe6\xb5\xbf",
    "Hong^Gildong=洪^吉洞=홍^길동",
  ],
  ["Korean whose escape is not repeated", ["", "ISO 2022 IR 149"], "\x1b$)C\xfb\xf3^\xd1\xce\xd4\xd7", "洪^吉洞"],
  [
    "Chinese by escapes",
    ["", "ISO 2022 IR 58"],
    "Zhang^XiaoDong=\x1b$)A\xd5\xc5^\x1b$)A\xd0\xa1\xb6\xab",
    "Zhang^XiaoDong=张^小东",
  ],
  ["Latin 1 by escapes", ["ISO 2022 IR 6", "ISO 2022 IR 100"], "M\x1b-A\xfcller^J", "Müller^J"],
  ["Latin 1, then Greek", ["ISO 2022 IR 100", "ISO 2022 IR 126"], "M\xfcller^\x1b-F\xc4^\xfc", "Müller^Δ^ü"],
  ["undeclared UTF-8", [""], "M\xc3\xbcller", "Müller"],
  ["undeclared Latin 1", [], "M\xfcller", "Müller"],
  ["padding", ["ISO_IR 100"], "Doe^J \0", "Doe^J"],
])("%s text is read as it was meant", (_language, characterSets, value, expected) => {
  expect(decodeDicomText(raw(value), characterSets)).toBe(expected);
});

test("no bytes make the reading of text fail", () => {
  let seed = 7;
  const next = (below: number) => {
    seed = (seed * 1103515245 + 12345) % 2 ** 31;
    return Math.floor((seed / 2 ** 31) * below);
  };
  const terms = ["", "ISO_IR 100", "ISO 2022 IR 87", "ISO 2022 IR 149", "GB18030", "ISO_IR 192", "nonsense"];
  for (let round = 0; round < 2000; round++) {
    const value = Uint8Array.from({ length: next(40) }, () => [0x1b, 0x24, 0x28, 0x29, 0x5e, next(256)][next(6)]!);
    expect(typeof decodeDicomText(value, [terms[next(terms.length)]!])).toBe("string");
  }
});
