type NoteSource = () => readonly string[] | Promise<readonly string[]>;

/** What a person should know although the service works: shown at start, in health and by `doctor`. */
export class ServiceNotes {
  private readonly notes: string[] = [];
  private readonly sources: NoteSource[] = [];

  /** For what was found out while starting and stays so. */
  add(note: string): void {
    if (!this.notes.includes(note)) this.notes.push(note);
  }

  /** For what ends by itself: asked whenever the notes are read. */
  follow(source: NoteSource): void {
    this.sources.push(source);
  }

  /** Without those of sources that cannot tell at the moment, as while the database is away. */
  async all(): Promise<readonly string[]> {
    const told = await Promise.all(this.sources.map(orNothing));
    return [...this.notes, ...told.flat()];
  }
}

async function orNothing(source: NoteSource): Promise<readonly string[]> {
  try {
    return await source();
  } catch {
    return [];
  }
}
