import type { TextSink } from './terminal.js';

/** A stream that keeps what is written to it. */
export class MemorySink implements TextSink {
  text = '';

  constructor(
    readonly isTTY = false,
    readonly columns = 80,
  ) {}

  write(text: string): void {
    this.text += text;
  }
}
