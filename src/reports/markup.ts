/**
 * Plain lines from what systems wrap a report in: HL7 escapes, escaped line breaks, RTF, HTML, Markdown tables.
 *
 *     plainLines("INDICATION: ?PE\\.br\\IMPRESSION: No PE.")   // two lines
 *     plainLines("<p>IMPRESSION:</p><p>No PE.</p>")            // two lines
 *
 * HL7 v2.5.1 section 2.7 (escape sequences), 2.7.6 (formatted text). Never throws; time proportional to the length.
 */

const hl7Signs: Readonly<Record<string, string>> = { T: "&", F: "|", S: "^", R: "~", E: "\\", H: "", N: "" };

/** Text as it was meant to be seen, a line a line. */
export function plainLines(text: string): string {
  let plain = text;
  if (/^\s*\{\\rtf/.test(plain)) plain = withoutRtf(plain);
  else if (plain.includes("\\")) plain = withoutEscapes(plain);
  if (/<\/?[a-z][a-z0-9]{0,9}(?:\s[^<>\n]{0,200})?\/?>/i.test(plain)) plain = withoutTags(plain);
  if (plain.includes("~")) plain = plain.replace(/~(?!\s?\d)|(?<=[\p{L}.,;:)~])~/gu, "\n");
  if (plain.includes("**") || plain.includes("|") || /(?:^|\n|\s)[*_]\p{L}/u.test(plain))
    plain = withoutMarkdown(plain);
  return plain;
}

function withoutEscapes(text: string): string {
  return text
    .replace(/\\\.(?:br|sp|ce|sk|fi|nf|in|ti)[+\-\d]{0,4}\\/gi, "\n")
    .replace(/\\X((?:[0-9A-F]{2}){1,40})\\/gi, (_, digits: string) =>
      (digits.match(/../g) ?? []).map((pair) => String.fromCharCode(Number.parseInt(pair, 16))).join(""),
    )
    .replace(/\\([TFSREHN])\\/g, (_, sign: string) => hl7Signs[sign] ?? "")
    .replace(/\\r\\n|\\[nr](?![a-z]{2,} )|\\[nr](?=[A-Z])/g, "\n")
    .replace(/\\t(?![a-z])/g, " ");
}

/** RTF 1.9: groups of tables and pictures are left out, `\par` and `\line` end a line, `\'e4` is a letter of Windows-1252. */
function withoutRtf(text: string): string {
  return text
    .replace(/\{\\(?:\*|fonttbl|colortbl|stylesheet|info|pict)(?:[^{}]|\{[^{}]*\})*\}/g, "")
    .replace(/\\(?:par|line|row|sect|page)(?![a-z])[ ]?/g, "\n")
    .replace(/\\(?:tab|cell)(?![a-z])[ ]?/g, " ")
    .replace(/\\'([0-9a-f]{2})/gi, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
    .replace(/\\u(-?\d{1,5})[ ?]?/g, (_, code: string) => String.fromCharCode(Number(code) & 0xffff))
    .replace(/\\[a-z]{1,32}-?\d{0,10} ?/gi, "")
    .replace(/\\([{}\\])/g, "$1")
    .replace(/[{}]/g, "");
}

const entities: Readonly<Record<string, string>> = {
  nbsp: " ",
  lt: "<",
  gt: ">",
  amp: "&",
  quot: '"',
  apos: "'",
  ndash: "-",
  mdash: " - ",
  bull: "*",
  auml: "ä",
  ouml: "ö",
  uuml: "ü",
  szlig: "ß",
};

function withoutTags(text: string): string {
  return text
    .replace(/<!--[\s\S]{0,2000}?-->|<(style|script)[^>]{0,200}>[\s\S]{0,20000}?<\/\1>/gi, " ")
    .replace(/<\/t[hd]>\s{0,20}<t[hd][^<>]{0,200}>/gi, ": ")
    .replace(
      /<\/?(?:p|br|div|li|ul|ol|tr|table|h[1-6]|section|article|pre|hr|body|html|dt|dd)(?:\s[^<>\n]{0,200})?\/?>/gi,
      "\n",
    )
    .replace(
      /<\/?(?:b|i|u|em|strong|span|font|a|td|th|thead|tbody|sup|sub|small|center|title|head|meta)(?:\s[^<>\n]{0,200})?\/?>/gi,
      "",
    )
    .replace(
      /&(?:#(\d{1,6})|#x([0-9a-f]{1,5})|([a-z]{2,8}));/gi,
      (whole, decimal?: string, hex?: string, name?: string) => {
        if (decimal) return String.fromCodePoint(Math.min(Number(decimal), 0x10ffff));
        if (hex) return String.fromCodePoint(Number.parseInt(hex, 16));
        return entities[name?.toLowerCase() ?? ""] ?? whole;
      },
    );
}

/** A table's row of two cells becomes a field; marks of emphasis go. */
function withoutMarkdown(text: string): string {
  return text
    .replace(/(^|\n)[ \t]*\|?[ \t:]*-{2,}[-| \t:]*(?=\n|$)/g, "$1")
    .replace(/(^|\n)[ \t]*\|([^|\n]{1,80})\|([^|\n]{0,400})\|[ \t]*(?=\n|$)/g, "$1$2: $3")
    .replace(/\*\*([^*\n]{1,200})\*\*/g, "$1")
    .replace(/(^|[\s(])[*_]([^\s*_][^*_\n]{0,200}[^\s*_]|[^\s*_])[*_](?=[\s.,:;)]|$)/g, "$1$2");
}
