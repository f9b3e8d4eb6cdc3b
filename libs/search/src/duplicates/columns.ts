/** Rows of numbers kept column by column, in memory that grows: a million rows of objects would take ten times as much. */
export class Columns<Name extends string> {
  private readonly columns: Record<Name, Float64Array>;
  private rows = 0;

  constructor(private readonly names: readonly Name[]) {
    this.columns = Object.fromEntries(names.map((name) => [name, new Float64Array(16)])) as Record<Name, Float64Array>;
  }

  get length(): number {
    return this.rows;
  }

  add(row: Readonly<Record<Name, number>>): void {
    for (const name of this.names) {
      if (this.rows === this.columns[name].length) {
        const larger = new Float64Array(2 * this.rows);
        larger.set(this.columns[name]);
        this.columns[name] = larger;
      }
      this.columns[name][this.rows] = row[name];
    }
    this.rows++;
  }

  /** Just as long as there are rows, each in memory of its own. */
  finish(): Record<Name, Float64Array<ArrayBuffer>> {
    return Object.fromEntries(this.names.map((name) => [name, this.columns[name].slice(0, this.rows)])) as Record<
      Name,
      Float64Array<ArrayBuffer>
    >;
  }
}
