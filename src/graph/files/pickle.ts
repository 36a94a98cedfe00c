/**
 * Reads a Python pickle as data. Nothing in it is executed: a pickle names functions, and only the names in the
 * caller's table mean anything here, each standing for a function of ours.
 *
 *     const value = unpickle("archive/data.pkl", bytes, { callables, persistent });
 *
 * One entry an opcode (pickletools.py in CPython, protocols 2 to 4), and only the opcodes that lists of weights are made
 * of. Every entry takes a bounded step through the bytes, and what the functions are given is bounded by the pickle's
 * length too, so time and memory follow it.
 */
import { RefusedError } from "../../errors.ts";

/** The name of a Python function or class, as in "collections.OrderedDict". */
export class PickleGlobal {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

/** Something known and harmless that holds no tensor: its contents are not looked at. */
export class PickleOther {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

export type PickleDictionary<T> = Map<PickleValue<T>, PickleValue<T>>;

/** What a pickle can hold; T is what the caller's own functions return (tensors). Lists and tuples are arrays. */
export type PickleValue<T> =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleGlobal
  | PickleOther
  | T
  | PickleValue<T>[]
  | PickleDictionary<T>;

export interface PickleReducers<T> {
  /** Every name a pickle may mention; those without a function may be mentioned but not called. */
  readonly callables: ReadonlyMap<string, ((parameters: PickleValue<T>[]) => PickleValue<T>) | undefined>;
  /** What an object kept outside the pickle is, from its key. */
  readonly persistent: (key: PickleValue<T>) => PickleValue<T>;
}

/**
 * What is remembered can be passed on again and again, in three bytes each time. An honest pickle wrote nearly all that
 * it passes on: functions get at most this many entries and letters a byte of the pickle.
 */
const mostPassedAByte = 4;

class Machine<T> {
  readonly name: string;
  readonly meaning: PickleReducers<T>;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;
  #passed = 0;
  readonly stack: PickleValue<T>[] = [];
  readonly marks: number[] = [];
  readonly memo = new Map<number, PickleValue<T>>();

  constructor(name: string, bytes: Uint8Array, meaning: PickleReducers<T>, start: number) {
    this.name = name;
    this.#at = start;
    this.meaning = meaning;
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Where the next opcode is. */
  get at(): number {
    return this.#at;
  }

  corrupt(what: string): RefusedError {
    return new RefusedError("file-corrupt", `${this.name}: ${what} at byte ${this.#at} of the pickle`);
  }

  /** Moves on by `count` bytes and returns where they begin. */
  #advance(count: number): number {
    const start = this.#at;
    if (!(count <= this.#bytes.length - start)) {
      throw new RefusedError("file-truncated", `${this.name}: the pickle ends too early`);
    }
    this.#at = start + count;
    return start;
  }

  byte = (): number => this.#bytes[this.#advance(1)]!;
  word16 = (): number => this.#view.getUint16(this.#advance(2), true);
  word32 = (): number => this.#view.getUint32(this.#advance(4), true);
  integer32 = (): number => this.#view.getInt32(this.#advance(4), true);
  word64 = (): number => Number(this.#view.getBigUint64(this.#advance(8), true));
  double = (): number => this.#view.getFloat64(this.#advance(8), false);

  bytes(count: number): Uint8Array {
    const start = this.#advance(count);
    return this.#bytes.subarray(start, start + count);
  }

  text(count: number): string {
    return new TextDecoder().decode(this.bytes(count));
  }

  line(): string {
    const end = this.#bytes.indexOf(0x0a, this.#at);
    if (end < 0) throw new RefusedError("file-truncated", `${this.name}: the pickle ends too early`);
    const text = this.text(end - this.#at);
    this.#at = end + 1;
    return text;
  }

  /** A little-endian two's complement integer; a number where it is exact. */
  long(count: number): number | bigint {
    if (count > 255) throw this.corrupt("a number of more than 255 bytes");
    const digits = this.bytes(count);
    let value = 0n;
    for (let index = count - 1; index >= 0; index--) value = (value << 8n) | BigInt(digits[index]!);
    if (count > 0 && digits[count - 1]! & 0x80) value -= 1n << BigInt(8 * count);
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  }

  push(value: PickleValue<T>): void {
    this.stack.push(value);
  }

  pop(): PickleValue<T> {
    const floor = this.marks.at(-1) ?? 0;
    if (this.stack.length <= floor) throw this.corrupt("nothing is left to take");
    return this.stack.pop()!;
  }

  /** The topmost value, left in place. */
  top(): PickleValue<T> {
    const value = this.pop();
    this.stack.push(value);
    return value;
  }

  popToMark(): PickleValue<T>[] {
    const mark = this.marks.pop();
    if (mark === undefined) throw this.corrupt("a mark is missing");
    return this.stack.splice(mark);
  }

  popTuple(): PickleValue<T>[] {
    const value = this.pop();
    if (!Array.isArray(value)) throw this.corrupt("parameters are no tuple");
    return value;
  }

  popText(): string {
    const value = this.pop();
    if (typeof value !== "string") throw this.corrupt("a name is no text");
    return value;
  }

  recall(index: number): void {
    const value = this.memo.get(index);
    if (value === undefined) throw this.corrupt(`nothing was remembered as ${index}`);
    this.push(value);
  }

  global(module: string, name: string): void {
    const full = `${module}.${name}`;
    if (!this.meaning.callables.has(full)) {
      throw new RefusedError("checkpoint-unsafe", `${this.name}: the file asks for "${full}", which no weights need`, {
        hint: "save the plain state dict in Python: torch.save(model.state_dict(), path)",
      });
    }
    this.push(new PickleGlobal(full));
  }

  /** Counts what a function is going to walk over. */
  pass(values: PickleValue<T>[]): PickleValue<T>[] {
    const most = mostPassedAByte * this.#bytes.length;
    this.#passed += values.length;
    for (let at = 0; at < values.length && this.#passed <= most; at++) {
      const value = values[at];
      if (Array.isArray(value) || typeof value === "string") this.#passed += value.length;
    }
    if (this.#passed > most) throw this.corrupt("the same values are used too often");
    return values;
  }

  call(parameters: PickleValue<T>[]): void {
    const target = this.pop();
    if (!(target instanceof PickleGlobal)) throw this.corrupt("a call of something that is no function");
    const callable = this.meaning.callables.get(target.name);
    if (!callable) throw this.corrupt(`"${target.name}" is called`);
    this.push(callable(this.pass(parameters)));
  }

  extend(values: PickleValue<T>[]): void {
    const list = this.top();
    if (!Array.isArray(list)) throw this.corrupt("an item is added to something that is no list");
    for (const value of values) list.push(value);
  }

  setItems(values: PickleValue<T>[]): void {
    const dictionary = this.top();
    if (!(dictionary instanceof Map) || values.length % 2 !== 0) throw this.corrupt("an entry without a dictionary");
    for (let index = 0; index < values.length; index += 2) dictionary.set(values[index]!, values[index + 1]!);
  }

  /** Runs to the end and returns what the pickle holds. */
  run(): PickleValue<T> {
    for (;;) {
      const code = this.byte();
      if (code === stop) return this.pop();
      const operation = operations.get(code);
      if (!operation) throw this.corrupt(`opcode 0x${code.toString(16)}, which no weights need,`);
      operation(this as Machine<unknown>);
    }
  }
}

const stop = 0x2e;
const highestProtocol = 5;

type Operation = (machine: Machine<unknown>) => void;
const code = (character: string): number => character.charCodeAt(0);

const operations: ReadonlyMap<number, Operation> = new Map<number, Operation>([
  // frame
  [
    0x80,
    (m) => {
      const protocol = m.byte();
      if (protocol > highestProtocol) throw m.corrupt(`protocol ${protocol}`);
    },
  ],
  [0x95, (m) => void m.word64()],
  // constants
  [code("N"), (m) => m.push(null)],
  [0x88, (m) => m.push(true)],
  [0x89, (m) => m.push(false)],
  [code("K"), (m) => m.push(m.byte())],
  [code("M"), (m) => m.push(m.word16())],
  [code("J"), (m) => m.push(m.integer32())],
  [0x8a, (m) => m.push(m.long(m.byte()))],
  [code("G"), (m) => m.push(m.double())],
  [code("X"), (m) => m.push(m.text(m.word32()))],
  [0x8c, (m) => m.push(m.text(m.byte()))],
  // Python 2's strings of bytes, which were its names.
  [code("T"), (m) => m.push(m.text(m.word32()))],
  [code("U"), (m) => m.push(m.text(m.byte()))],
  [code("B"), (m) => m.push(m.bytes(m.word32()))],
  [code("C"), (m) => m.push(m.bytes(m.byte()))],
  // containers
  [code("("), (m) => m.marks.push(m.stack.length)],
  [code(")"), (m) => m.push([])],
  [code("]"), (m) => m.push([])],
  [code("}"), (m) => m.push(new Map())],
  [code("t"), (m) => m.push(m.popToMark())],
  [0x85, (m) => m.push([m.pop()])],
  [
    0x86,
    (m) => {
      const second = m.pop();
      m.push([m.pop(), second]);
    },
  ],
  [
    0x87,
    (m) => {
      const third = m.pop();
      const second = m.pop();
      m.push([m.pop(), second, third]);
    },
  ],
  [code("a"), (m) => m.extend([m.pop()])],
  [code("e"), (m) => m.extend(m.popToMark())],
  [
    code("s"),
    (m) => {
      const value = m.pop();
      m.setItems([m.pop(), value]);
    },
  ],
  [code("u"), (m) => m.setItems(m.popToMark())],
  // memory
  [code("q"), (m) => void m.memo.set(m.byte(), m.top())],
  [code("r"), (m) => void m.memo.set(m.word32(), m.top())],
  [0x94, (m) => void m.memo.set(m.memo.size, m.top())],
  [code("h"), (m) => m.recall(m.byte())],
  [code("j"), (m) => m.recall(m.word32())],
  // names, calls, objects
  [code("c"), (m) => m.global(m.line(), m.line())],
  [
    0x93,
    (m) => {
      const name = m.popText();
      m.global(m.popText(), name);
    },
  ],
  [code("R"), (m) => m.call(m.popTuple())],
  [0x81, (m) => m.call(m.popTuple())],
  // State set on an object beyond its entries (a state dict's own version numbers) is of no use here.
  [code("b"), (m) => void m.pop()],
  [code("Q"), (m) => m.push(m.meaning.persistent(m.pass(m.popTuple())))],
]);

/**
 * What a pickle holds, without executing any of it.
 * @param name for messages
 * @throws RefusedError checkpoint-unsafe when it names a function outside the table, file-corrupt, file-truncated
 */
export function unpickle<T>(name: string, bytes: Uint8Array, meaning: PickleReducers<T>): PickleValue<T> {
  return unpickleAt(name, bytes, 0, meaning).value;
}

/**
 * What the pickle that begins at `start` holds, and where it ends: the file's old format has several in a row.
 * @param name for messages
 * @throws RefusedError checkpoint-unsafe, file-corrupt, file-truncated
 */
export function unpickleAt<T>(
  name: string,
  bytes: Uint8Array,
  start: number,
  meaning: PickleReducers<T>,
): { readonly value: PickleValue<T>; readonly end: number } {
  const machine = new Machine(name, bytes, meaning, start);
  return { value: machine.run(), end: machine.at };
}
