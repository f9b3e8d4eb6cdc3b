import { Column, CreateDateColumn, Entity, PrimaryColumn, PrimaryGeneratedColumn } from 'typeorm';
import type { SerialisedError } from '#libs/errors';
import type { ImportStatus, ItemOutcome, ItemStatus } from '../domain/import.js';
import type { Metadata } from '../domain/image.js';

@Entity('encoder')
export class EncoderEntity {
  @PrimaryGeneratedColumn('identity') id!: number;
  @Column('text') name!: string;
  @Column('text') fingerprint!: string;
  @Column('jsonb') manifest!: unknown;
  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' }) createdAt!: Date;
}

@Entity('catalogue')
export class CatalogueEntity {
  @PrimaryColumn('boolean') singleton!: boolean;
  @Column('uuid') epoch!: string;
  @Column('bigint', { name: 'trimmed_to' }) trimmedTo!: number;
}

@Entity('collection')
export class CollectionEntity {
  @PrimaryGeneratedColumn('identity') id!: number;
  @Column('text') name!: string;
  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' }) createdAt!: Date;
}

@Entity('import')
export class ImportEntity {
  @PrimaryGeneratedColumn('identity') id!: number;
  @Column('text') root!: string;
  @Column('text', { nullable: true }) collection!: string | null;
  @Column('boolean') reference!: boolean;
  @Column('boolean', { name: 'remove_vanished' }) removeVanished!: boolean;
  @Column('text', { default: 'listing' }) status!: ImportStatus;
  @Column('jsonb', { nullable: true }) error!: SerialisedError | null;
  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' }) createdAt!: Date;
  @Column('timestamptz', { name: 'finished_at', nullable: true }) finishedAt!: Date | null;
}

@Entity('import_item')
export class ImportItemEntity {
  @PrimaryGeneratedColumn('identity', { type: 'bigint' }) id!: number;
  @Column('integer', { name: 'import_id' }) importId!: number;
  @Column('text') path!: string;
  @Column('text', { name: 'external_id', nullable: true }) externalId!: string | null;
  @Column('jsonb', { nullable: true }) metadata!: Metadata | null;
  @Column('text', { default: 'pending' }) status!: ItemStatus;
  @Column('text', { nullable: true }) outcome!: ItemOutcome | null;
  @Column('bigint', { name: 'image_id', nullable: true }) imageId!: number | null;
  @Column('jsonb', { nullable: true }) error!: SerialisedError | null;
  @Column('integer', { default: 0 }) attempts!: number;
}
