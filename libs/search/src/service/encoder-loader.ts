import type { Encoder } from '#libs/encoder';

/** Opens an encoder by the settings; bound by the app, since it is an adapter that is loaded late. */
export abstract class EncoderLoader {
  abstract load(): Promise<Encoder>;
}
