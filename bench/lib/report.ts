import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';

export type Cell = string | number;

/** What stands above every table: numbers of different machines do not compare. */
export function machine(): string {
  const memory = Math.round(totalmem() / 2 ** 30);
  const load = loadavg()[0]?.toFixed(1);
  return `${availableParallelism()} cores of ${cpus()[0]?.model.trim()}, ${memory} GiB, Node ${process.version}, load ${load} at the end`;
}

export function markdownTable(head: readonly Cell[], rows: readonly (readonly Cell[])[]): string {
  const line = (cells: readonly Cell[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Progress, for whoever waits; the result alone goes to standard output. */
export function note(text: string): void {
  process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`);
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
