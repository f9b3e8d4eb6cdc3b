import { Injectable } from '@nestjs/common';
import { Encoders } from '../catalogue.js';
import { EncoderEntity } from './entities.js';
import { PostgresDatabase } from './postgres-database.js';

@Injectable()
export class PostgresEncoders extends Encoders {
  constructor(private readonly database: PostgresDatabase) {
    super();
  }

  override async register(encoder: { name: string; fingerprint: string; manifest: unknown }): Promise<number> {
    return this.database.with(EncoderEntity, async (encoders) => {
      await encoders
        .createQueryBuilder()
        .insert()
        .values({ ...encoder, manifest: () => ':manifest' })
        .setParameter('manifest', JSON.stringify(encoder.manifest))
        .orIgnore()
        .execute();
      const row = await encoders.findOneByOrFail({ fingerprint: encoder.fingerprint });
      return row.id;
    });
  }
}
