import { Injectable } from '@nestjs/common';
import type { EncoderInfo, ModelDescription } from '#libs/encoder';
import { DomainError } from '#libs/errors';
import { ActiveEncoder } from '../service/active-encoder.js';

/** Port: the models on this machine. */
export abstract class ModelShelf {
  /** By name. */
  abstract list(): Promise<readonly ModelDescription[]>;
}

/** What executes a model, where one does. */
export type ModelUse = Pick<EncoderInfo, 'runtime' | 'device' | 'engine'> & { readonly tap: string };

export interface ListedModel extends ModelDescription {
  /** Present for the encoder in use. */
  readonly use?: ModelUse;
}

/** Use case: which models there are, and which of them is in use, on what. */
@Injectable()
export class ListModels {
  constructor(
    private readonly shelf: ModelShelf,
    private readonly active: ActiveEncoder,
  ) {}

  async list(): Promise<ListedModel[]> {
    const models = await this.shelf.list();
    return models.map((model) => this.withUse(model));
  }

  /** @throws DomainError `model_not_found` */
  async find(name: string): Promise<ListedModel> {
    const models = await this.list();
    const model = models.find((one) => one.name === name);
    if (model) return model;
    const there = models.map((one) => one.name).join(', ');
    throw new DomainError('model_not_found', `There is no model "${name}". Those there are: ${there}.`);
  }

  private withUse(model: ModelDescription): ListedModel {
    if (!this.active.isActive || this.active.info.fingerprint !== model.fingerprint) return model;
    const { runtime, device, engine } = this.active.info;
    return { ...model, use: { runtime, device, engine, tap: this.active.tap } };
  }
}
