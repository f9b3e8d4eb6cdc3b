import { Injectable, Logger } from '@nestjs/common';
import { isSearched, sameSpace, type SpaceRecord, type SpacesState } from '#libs/catalogue';
import { DomainError } from '#libs/errors';
import { VectorIndexes } from '#libs/vector-index';
import { ActiveEncoder } from '../service/active-encoder.js';
import { ClosingSpaces } from './closing-spaces.js';
import { KnownSpaces } from './known-spaces.js';
import type { LiveSpace, SpaceChoice } from './live-space.js';
import { OpenEncoders } from './open-encoders.js';
import { SpaceFollowers } from './space-followers.js';

const UPKEEP_MS = 60_000;
const RETRY_MS = 5_000;
/** What the one index there was until version 0.1 was called. */
const FORMER_FOLLOWER = 'index';

/**
 * The spaces that this process searches, kept as the catalogue wants them: opened and closed as they come and go. When
 * the catalogue names another space to be used, it is used from the moment this process can search it.
 */
@Injectable()
export class LiveSpaces {
  private readonly logger = new Logger('spaces');
  private readonly live = new Map<string, LiveSpace>();
  private readonly closing = new ClosingSpaces();
  private name = '';
  private syncing?: Promise<void>;
  private again = false;
  private stopped = false;
  private timer?: NodeJS.Timeout;
  private retry?: NodeJS.Timeout;
  private lastTrouble: string | null = null;

  constructor(
    private readonly known: KnownSpaces,
    private readonly encoders: OpenEncoders,
    private readonly indexes: VectorIndexes,
    private readonly followers: SpaceFollowers,
    private readonly inUse: ActiveEncoder,
  ) {}

  /** Resolves when the space in use can be searched; the others follow by themselves. @returns what it took, in words */
  async start(): Promise<string> {
    this.name = await this.indexes.prepare();
    await this.followers.forget(FORMER_FOLLOWER);
    const { active, spaces } = this.known.state;
    const record = spaces.find((space) => sameSpace(space, active));
    if (!record) throw new DomainError('internal', 'the catalogue names no space to search');
    await this.indexes.keepOnly(spaces.filter(isSearched));
    if (!(await this.encoders.again(record)))
      throw new DomainError('encoder_not_found', `The encoder ${record.encoder} is not here.`);
    this.inUse.activate(record);
    // Without them nothing could be stored.
    for (const space of spaces) if (space.complete) await this.encoders.again(space);
    const how = await this.open(record);
    this.known.onChange(() => this.sync());
    this.timer = setInterval(() => void this.upkeep(), UPKEEP_MS).unref();
    return how;
  }

  /** The space that searches use. @throws DomainError `index_unavailable` while the service starts or stops */
  get active(): LiveSpace {
    const live = this.live.get(keyOf(this.inUse.space));
    if (!live) throw new DomainError('index_unavailable', 'the vector index is not open yet');
    return live;
  }

  all(): LiveSpace[] {
    return [...this.live.values()];
  }

  /** @throws DomainError `space_not_found` naming those there are; `space_incomplete` */
  choose({ encoder, tap }: SpaceChoice = {}): LiveSpace {
    const { active } = this;
    if (encoder === undefined && tap === undefined) return active;
    const ofEncoder = this.all().filter((live) => (encoder ?? active.encoder.info.name) === live.encoder.info.name);
    const named = ofEncoder.filter((live) => live.tap === (tap ?? active.tap));
    // An encoder of its own need not have the tap in use.
    const [first] = named.length > 0 || tap !== undefined ? named : ofEncoder;
    const found = named.includes(active) ? active : first;
    if (!found) {
      const there = this.all().map((live) => `${live.encoder.info.name}/${live.tap}`);
      throw new DomainError(
        'space_not_found',
        `There is no index of ${encoder ?? active.encoder.info.name}/${tap ?? active.tap}. There is one of: ${there.join(', ')}.`,
      );
    }
    if (found !== active && !this.isComplete(found)) {
      throw new DomainError(
        'space_incomplete',
        `Images are still being embedded at ${found.encoder.info.name}/${found.tap}.`,
      );
    }
    return found;
  }

  /** Why the spaces are not as the catalogue wants them; null while nothing is in the way. It is tried again and again. */
  get trouble(): string | null {
    return this.lastTrouble;
  }

  isComplete({ space }: LiveSpace): boolean {
    return this.known.state.spaces.some((record) => record.complete && sameSpace(record, space));
  }

  /** Does work with a space, which stays open until that has ended even where it is given up meanwhile. */
  whileUsed<T>(live: LiveSpace, work: () => Promise<T>): Promise<T> {
    return this.closing.whileUsed(live, work);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    clearTimeout(this.retry);
    this.closing.waitForNothing();
    await this.syncing;
    await this.closing.closeAll();
    for (const { follower } of this.live.values()) await follower.stop();
    this.live.clear();
  }

  private sync(): void {
    if (this.stopped) return;
    clearTimeout(this.retry);
    this.again = this.syncing !== undefined;
    this.syncing ??= this.follow(this.known.state)
      .then(() => {
        this.lastTrouble = null;
      })
      .catch((error: unknown) => {
        const { message } = DomainError.from(error);
        if (message !== this.lastTrouble) this.logger.warn(`trying again every ${RETRY_MS / 1000} s: ${message}`);
        this.lastTrouble = message;
        clearTimeout(this.retry);
        this.retry = setTimeout(() => this.sync(), RETRY_MS).unref();
      })
      .finally(() => {
        this.syncing = undefined;
        if (this.again) this.sync();
      });
  }

  private async follow(state: SpacesState): Promise<void> {
    for (const record of state.spaces) {
      if (this.stopped) return;
      if (!(await this.encoders.again(record))) {
        if (canWait(record)) continue;
        throw new DomainError(
          'encoder_not_found',
          `The encoder ${record.encoder} that a change leads to is not here: put its folder into the models folder of the data folder, or give the change up with \`likeness reindex --cancel\`.`,
        );
      }
      if (isSearched(record) && !this.live.has(keyOf(record)))
        this.logger.log(`index of ${record.encoder}/${record.tap}: ${await this.open(record)}`);
    }
    const { active } = state;
    if (active && !sameSpace(active, this.inUse.space)) {
      const next = this.live.get(keyOf(active));
      await next?.follower.reached(await this.followers.latestSequence());
      this.inUse.activate(active);
      this.logger.log(`searches use ${next?.encoder.info.name}/${active.tap} from now on`);
    }
    for (const live of this.live.values()) {
      const wanted = state.spaces.some((record) => isSearched(record) && sameSpace(record, live.space));
      if (!wanted && !sameSpace(live.space, this.inUse.space)) this.closeLater(live);
    }
  }

  private async open(record: SpaceRecord): Promise<string> {
    // One that is just being given up is given up whole before it is begun again: what happened to its embeddings since
    // then its index has not been told.
    await this.closing.closeNow(keyOf(record));
    if (!(await this.encoders.again(record)))
      throw new DomainError('encoder_not_found', `The encoder ${record.encoder} is not here.`);
    const { encoderId, tap, dimension } = record;
    const index = this.indexes.of(record);
    const follower = this.followers.follow(index, record);
    const { how } = await follower.start();
    const encoder = this.encoders.get(encoderId);
    this.live.set(keyOf(record), { space: { encoderId, tap }, tap, dimension, encoder, index, follower });
    return how;
  }

  private closeLater(live: LiveSpace): void {
    const { space, encoder, tap } = live;
    this.live.delete(keyOf(space));
    this.closing.closeLater(keyOf(space), live, async () => {
      await live.follower.stop();
      await this.indexes.remove({ fingerprint: encoder.info.fingerprint, tap });
      await this.followers.forget(this.followerOf(live));
      const others = [...this.all(), ...this.closing.all().filter((one) => one !== live)].map((one) => one.space);
      const used = [...this.known.state.spaces, ...others].some(({ encoderId }) => encoderId === space.encoderId);
      if (!used) await this.encoders.close(space.encoderId);
    });
  }

  /**
   * Tells the catalogue from where each index would replay, so that older changes may go, and looks whether an encoder
   * that was gone is there again. Again in a minute whatever happens.
   */
  private async upkeep(): Promise<void> {
    this.sync();
    for (const live of this.live.values())
      await live.follower.saveProgress(this.followerOf(live)).catch(() => undefined);
  }

  private followerOf({ encoder, tap }: LiveSpace): string {
    return `${this.name} ${encoder.info.fingerprint.slice(0, 16)}/${tap}`;
  }
}

/** Searches go on without what they do not use; what they use, or are about to, is asked for again and again. */
const canWait = ({ wantedBy }: SpaceRecord): boolean => !wantedBy.includes('active') && !wantedBy.includes('reindex');

const keyOf = ({ encoderId, tap }: { encoderId: number; tap: string }): string => `${encoderId} ${tap}`;
