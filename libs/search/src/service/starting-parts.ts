import { Injectable } from '@nestjs/common';
import { Encoders } from '#libs/catalogue';
import { ActiveEncoder } from './active-encoder.js';
import { EncoderLoader } from './encoder-loader.js';

/** What is needed only to get the encoder going. */
@Injectable()
export class StartingParts {
  constructor(
    readonly loader: EncoderLoader,
    readonly encoders: Encoders,
    readonly active: ActiveEncoder,
  ) {}
}
