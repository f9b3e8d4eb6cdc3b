/** What the service found out while starting that a person should know: shown at start, in health and by `doctor`. */
export class ServiceNotes {
  private readonly notes: string[] = [];

  add(note: string): void {
    if (!this.notes.includes(note)) this.notes.push(note);
  }

  all(): readonly string[] {
    return [...this.notes];
  }
}
