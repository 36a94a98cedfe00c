/**
 * Writing protocol buffers: only what an ONNX file needs.
 *
 *     const message = new Message();
 *     message.string(1, "Conv");           // field 1, text
 *     message.integer(3, 7n);              // field 3, varint
 *     const bytes = message.finish();
 *
 * Large arrays are kept by reference and copied once, at the end. Wire format: protobuf.dev/programming-guides/encoding.
 */
const text = new TextEncoder();

export class Message {
  #small: number[] = [];
  readonly #chunks: Uint8Array[] = [];
  #length = 0;

  get length(): number {
    return this.#length + this.#small.length;
  }

  /** An integer of any sign, as int64 varint. */
  integer(field: number, value: bigint | number): void {
    this.#varint(field << 3);
    this.#varint(value);
  }

  float(field: number, value: number): void {
    this.#varint((field << 3) | 5);
    this.#small.push(...new Uint8Array(Float32Array.of(value).buffer));
  }

  string(field: number, value: string): void {
    this.bytes(field, text.encode(value));
  }

  /** Bytes are not copied until `finish`. */
  bytes(field: number, value: Uint8Array): void {
    this.#varint((field << 3) | 2);
    this.#varint(value.length);
    if (value.length < 64) {
      for (const byte of value) this.#small.push(byte);
      return;
    }
    this.#flush();
    this.#chunks.push(value);
    this.#length += value.length;
  }

  message(field: number, value: Message): void {
    this.#varint((field << 3) | 2);
    this.#varint(value.length);
    value.#flush();
    this.#flush();
    for (const chunk of value.#chunks) this.#chunks.push(chunk);
    this.#length += value.#length;
  }

  finish(): Uint8Array<ArrayBuffer> {
    this.#flush();
    const bytes = new Uint8Array(this.#length);
    let offset = 0;
    for (const chunk of this.#chunks) {
      bytes.set(chunk, offset);
      offset += chunk.length;
    }
    return bytes;
  }

  #flush(): void {
    if (this.#small.length === 0) return;
    const chunk = Uint8Array.from(this.#small);
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    this.#small = [];
  }

  #varint(value: number | bigint): void {
    if (typeof value === "number" && value >= 0 && value < 0x80) {
      this.#small.push(value);
      return;
    }
    let rest = BigInt.asUintN(64, BigInt(value));
    while (rest > 0x7fn) {
      this.#small.push(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    this.#small.push(Number(rest));
  }
}
