import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import {
  metadataKey,
  MetadataFields,
  type MetadataField,
  type MetadataFieldReport,
  type MetadataFieldType,
} from '#libs/catalogue';
import { DomainError, parseRequest } from '#libs/errors';

const namesSchema = z.object({ key: metadataKey });

/** Use cases on the metadata keys that filters may ask of. */
@Injectable()
export class ManageMetadataFields {
  constructor(private readonly fields: MetadataFields) {}

  list(): Promise<MetadataField[]> {
    return this.fields.list();
  }

  /** Returns when the index is made. Idempotent. @throws DomainError `metadata_field_conflict`, `invalid_request` */
  async declare(key: string, type: MetadataFieldType): Promise<MetadataFieldReport> {
    parseRequest(namesSchema, { key }, 'field');
    return this.fields.declare(key, type);
  }

  /** @throws DomainError `metadata_field_not_found` */
  async report(key: string): Promise<MetadataFieldReport> {
    const report = await this.fields.report(key);
    if (!report) throw fieldNotFound(key);
    return report;
  }

  /** The values stay in the metadata. @throws DomainError `metadata_field_not_found` */
  async remove(key: string): Promise<void> {
    if (!(await this.fields.remove(key))) throw fieldNotFound(key);
  }
}

function fieldNotFound(key: string): DomainError {
  return new DomainError('metadata_field_not_found', `metadata.${key} is not declared.`);
}
