/**
 * Protocol Buffers at the level of bytes: enough to copy a message field by field without understanding it, so that a
 * model can be given other outputs while its weights stay the bytes they were. Source: the protobuf encoding guide.
 */
export interface WireField {
  readonly id: number;
  /** The whole field with its tag. */
  readonly whole: Uint8Array;
  /** The content of a length-delimited field; empty for others. */
  readonly content: Uint8Array;
}

/**
 * The fields of a message in their order.
 *
 * @throws RangeError where the bytes are no message, or end within a field
 */
export function* wireFields(message: Uint8Array): Generator<WireField> {
  let at = 0;
  while (at < message.length) {
    const start = at;
    const tag = readVarint(message, at);
    at = tag.end;
    const id = Math.floor(tag.value / 8);
    let contentStart = at;
    switch (tag.value % 8) {
      case 0:
        at = readVarint(message, at).end;
        break;
      case 1:
        at += 8;
        break;
      case 2: {
        const length = readVarint(message, at);
        contentStart = length.end;
        at = length.end + length.value;
        break;
      }
      case 5:
        at += 4;
        break;
      default:
        throw new RangeError(`byte ${start} begins no field`);
    }
    if (id === 0) throw new RangeError(`byte ${start} begins no field`);
    if (at > message.length) throw new RangeError(`the field at byte ${start} goes beyond the end`);
    const content = tag.value % 8 === 2 ? message.subarray(contentStart, at) : message.subarray(0, 0);
    yield { id, whole: message.subarray(start, at), content };
  }
}

/** The header of a length-delimited field. */
export function fieldHeader(id: number, length: number): Uint8Array {
  return Uint8Array.from([...varint(id * 8 + 2), ...varint(length)]);
}

function readVarint(bytes: Uint8Array, start: number): { value: number; end: number } {
  let [value, factor, at] = [0, 1, start];
  for (; at < bytes.length && at < start + 10; at++) {
    const byte = bytes[at] as number;
    value += (byte & 127) * factor;
    if (byte < 128) return { value, end: at + 1 };
    factor *= 128;
  }
  throw new RangeError(`the number at byte ${start} does not end`);
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) | 128);
  }
}
