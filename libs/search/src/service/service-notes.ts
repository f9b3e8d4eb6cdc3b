/** What a person should know although the service works: shown at start, in health and by `doctor`. */
export class ServiceNotes {
  private readonly notes: string[] = [];
  private readonly sources: (() => readonly string[])[] = [];

  /** For what was found out while starting and stays so. */
  add(note: string): void {
    if (!this.notes.includes(note)) this.notes.push(note);
  }

  /** For what ends by itself: asked whenever the notes are read. */
  follow(source: () => readonly string[]): void {
    this.sources.push(source);
  }

  all(): readonly string[] {
    return [...this.notes, ...this.sources.flatMap((source) => source())];
  }
}
