import { Injectable } from '@nestjs/common';
import pLimit from 'p-limit';
import { access, constants } from 'node:fs/promises';
import { BlobStore, Examples, ImageReader, type ExampleRecord, type ImageRecord } from '#libs/catalogue';
import { DomainError } from '#libs/errors';
import { contentHash } from '../ingest/prepare-image.js';
import { filesOf, ImageFiles } from '../library/image-files.js';
import { check, type Check } from './check.js';

const PAGE = 200;
/** Originals in memory at a time. */
const AT_ONCE = 8;

/** Something whose original should be there, by the words that name it in a problem. */
interface Owner {
  readonly name: string;
  readonly sha256: string;
  isThere(): Promise<boolean>;
  /** @throws DomainError `original_missing` */
  read(): Promise<Buffer>;
  /** Whether the catalogue still has it. */
  isWanted(): Promise<boolean>;
}

/** Whether the original of every image, and of every own training image, is there; when `deep`, whether it still has its content. */
@Injectable()
export class VerifyOriginals {
  constructor(
    private readonly images: ImageReader,
    private readonly examples: Examples,
    private readonly blobs: BlobStore,
    private readonly files: ImageFiles,
  ) {}

  async check(deep: boolean): Promise<Check> {
    const problems: string[] = [];
    let checked = 0;
    const limit = pLimit(AT_ONCE);
    for await (const owners of this.owners()) {
      const found = await Promise.all(owners.map((owner) => limit(() => examine(owner, deep))));
      problems.push(...found.filter((problem) => problem !== null));
      checked += owners.length;
    }
    return check('originals', checked, problems);
  }

  /** A page at a time. */
  private async *owners(): AsyncGenerator<Owner[]> {
    for (let cursor: string | undefined, first = true; first || cursor !== undefined; first = false) {
      const page = await this.images.list({ cursor, limit: PAGE });
      yield page.images.map((image) => this.ofImage(image));
      cursor = page.nextCursor ?? undefined;
    }
    for (let after: number | undefined = 0; after !== undefined;) {
      const page = await this.examples.listKept(after, PAGE);
      yield page.map((example) => this.ofExample(example));
      after = page.at(-1)?.id;
    }
  }

  private ofImage(image: ImageRecord): Owner {
    const { id, sha256, referencePath } = image;
    return {
      name: `image ${id}`,
      sha256,
      isThere: () => (referencePath === null ? this.blobs.has(sha256) : isOneReadable(filesOf(image))),
      read: () => this.files.readOriginal(image),
      isWanted: async () => (await this.images.findById(id)) !== null,
    };
  }

  private ofExample({ id, sha256 }: ExampleRecord): Owner {
    return {
      name: `training image ${id}`,
      sha256,
      isThere: () => this.blobs.has(sha256),
      read: () => this.blobs.read(sha256),
      isWanted: async () => (await this.examples.find([id])).length > 0,
    };
  }
}

async function examine(owner: Owner, deep: boolean): Promise<string | null> {
  const problem = deep ? await compare(owner) : await look(owner);
  // What was deleted since the page was read has lost its original rightly.
  return problem !== null && (await owner.isWanted()) ? `${owner.name}: ${problem}` : null;
}

const look = async (owner: Owner): Promise<string | null> =>
  (await owner.isThere()) ? null : 'the original is missing';

async function compare(owner: Owner): Promise<string | null> {
  try {
    return (await contentHash(await owner.read())) === owner.sha256 ? null : 'the original is damaged';
  } catch (error) {
    return DomainError.from(error).message;
  }
}

const isOneReadable = (files: readonly string[]): Promise<boolean> =>
  Promise.any(files.map((file) => access(file, constants.R_OK))).then(
    () => true,
    () => false,
  );
