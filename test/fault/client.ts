/** What the fault test needs of the HTTP API. */

export interface ImageDto {
  readonly id: string;
  readonly sha256: string;
}

export interface ImportDto {
  readonly id: string;
  readonly status: string;
  readonly total: number;
  readonly done: number;
  readonly failed: number;
  readonly outcomes: { readonly added: number };
}

export interface ItemDto {
  readonly path: string;
  readonly status: string;
  readonly outcome: string;
  readonly imageId: string;
}

export class Client {
  constructor(private readonly url: string) {}

  /** Resolves when the service has acknowledged it. */
  async upload(bytes: Buffer, name: string): Promise<ImageDto> {
    const form = new FormData();
    form.append('files', new Blob([new Uint8Array(bytes)]), name);
    const { items } = await this.ask<{ items: { status: string; image: ImageDto }[] }>('/v1/images', {
      method: 'POST',
      body: form,
    });
    const [item] = items;
    if (!item || item.status === 'failed') throw new Error(`the upload failed: ${JSON.stringify(items)}`);
    return item.image;
  }

  /** Deletes an image; one that is gone already is no error. */
  async delete(id: string): Promise<void> {
    await this.ask('/v1/images/delete', json({ ids: [id] }));
  }

  startImport(folder: string): Promise<ImportDto> {
    return this.ask('/v1/imports', json({ path: folder, collection: 'imported' }));
  }

  import(id: string): Promise<ImportDto> {
    return this.ask(`/v1/imports/${id}`);
  }

  async items(id: string): Promise<ItemDto[]> {
    return this.pages(`/v1/imports/${id}/items`, (page: { items: ItemDto[] }) => page.items);
  }

  async images(): Promise<ImageDto[]> {
    return this.pages('/v1/images', (page: { images: ImageDto[] }) => page.images);
  }

  async original(id: string): Promise<Buffer> {
    const response = await fetch(`${this.url}/v1/images/${id}/original`);
    if (!response.ok) throw new Error(`the original of ${id}: ${response.status} ${await response.text()}`);
    return Buffer.from(await response.arrayBuffer());
  }

  private async pages<Page, Item>(address: string, read: (page: Page) => Item[]): Promise<Item[]> {
    const all: Item[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const query: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const page: Page & { nextCursor: string | null } = await this.ask(`${address}?limit=500${query}`);
      all.push(...read(page));
      cursor = page.nextCursor;
    }
    return all;
  }

  private async ask<T>(address: string, init?: RequestInit): Promise<T> {
    const response = await fetch(`${this.url}${address}`, init);
    if (!response.ok) throw new Refused(`${address}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }
}

/** The service lives and says no. */
export class Refused extends Error {}

const json = (body: object): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});
