import type { SerialisedError } from '#libs/errors';

export interface CallMessage {
  readonly id: number;
  readonly method: string;
  readonly args: readonly unknown[];
}

export type ReplyMessage =
  { readonly id: number; readonly value: unknown } | { readonly id: number; readonly error: SerialisedError };
