import { Injectable, Logger } from '@nestjs/common';
import { ChangeLog, EmbeddingSpaces, type SpacesState } from '#libs/catalogue';

const NONE: SpacesState = { version: -1, active: null, previous: null, spaces: [] };

/** What the catalogue says of its spaces, as this process knows it: at most as old as a notification takes to arrive. */
@Injectable()
export class KnownSpaces {
  private readonly logger = new Logger('spaces');
  private known = NONE;
  private looking?: Promise<void>;
  private unsubscribe?: () => void;
  private readonly listeners: ((state: SpacesState) => void)[] = [];

  constructor(
    private readonly spaces: EmbeddingSpaces,
    private readonly changeLog: ChangeLog,
  ) {}

  get state(): SpacesState {
    return this.known;
  }

  async start(): Promise<void> {
    await this.refresh();
    this.unsubscribe = this.changeLog.onChange(() => {
      this.looking ??= this.look()
        .catch((error: unknown) => this.logger.debug(`cannot look at the spaces at the moment: ${String(error)}`))
        .finally(() => (this.looking = undefined));
    });
  }

  async stop(): Promise<void> {
    this.unsubscribe?.();
    await this.looking;
  }

  /** Tells of every change, and of the state there is now. */
  onChange(listener: (state: SpacesState) => void): void {
    this.listeners.push(listener);
    if (this.known !== NONE) listener(this.known);
  }

  /** As it is now, for who has just changed it or was told that it has changed. */
  async refresh(): Promise<SpacesState> {
    const state = await this.spaces.state();
    if (state.version > this.known.version) {
      this.known = state;
      for (const listener of this.listeners) listener(state);
    }
    return this.known;
  }

  private async look(): Promise<void> {
    if ((await this.spaces.version()) !== this.known.version) await this.refresh();
  }
}
