import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Metadata keys that filters may ask of, each with a type. The index of a field is made beside running work when it is
 * declared, so it is not made here.
 */
export class DeclareMetadataFields1763740000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      `DO $$ DECLARE name text; BEGIN
         FOR name IN SELECT 'image_metadata_' || id FROM metadata_field LOOP
           EXECUTE format('DROP INDEX IF EXISTS %I', name);
         END LOOP; END $$`,
    );
    await runner.query('DROP FUNCTION likeness_instant(jsonb)');
    await runner.query('DROP TABLE metadata_field');
  }
}

const STATEMENTS = [
  `CREATE TABLE metadata_field (
     id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     key text NOT NULL UNIQUE CHECK (key <> ''),
     type text NOT NULL CHECK (type IN ('keyword', 'text', 'number', 'boolean', 'date')),
     declared_at timestamptz NOT NULL DEFAULT now()
   )`,
  // The moment (UTC) that an ISO 8601 string names, NULL for anything else. PostgreSQL's own casts are not immutable and
  // raise errors; here every part is checked before it is used.
  `CREATE FUNCTION likeness_instant(value jsonb) RETURNS timestamp
   LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
   DECLARE
     p text[];
     year int; month int; day int; hour int; minute int; second numeric; shift interval;
   BEGIN
     IF jsonb_typeof(value) <> 'string' THEN RETURN NULL; END IF;
     p := regexp_match(value #>> '{}',
       '^(\\d{4})-(\\d{2})-(\\d{2})(?:[T ](\\d{2}):(\\d{2})(?::(\\d{2})(?:\\.(\\d{1,6})\\d*)?)?(?:Z|([+-])(\\d{2}):?(\\d{2}))?)?$');
     IF p IS NULL THEN RETURN NULL; END IF;
     year := p[1]; month := p[2]; day := p[3];
     hour := coalesce(p[4], '0'); minute := coalesce(p[5], '0');
     -- Milliseconds, as everywhere else.
     second := (coalesce(p[6], '0') || '.' || left(coalesce(p[7], '0'), 3))::numeric;
     IF year < 1 OR month NOT BETWEEN 1 AND 12 OR day < 1 OR hour > 23 OR minute > 59 OR second >= 60
        OR coalesce(p[9], '0')::int > 14 OR coalesce(p[10], '0')::int > 59
        OR day > (CASE WHEN month IN (4, 6, 9, 11) THEN 30
                       WHEN month <> 2 THEN 31
                       WHEN year % 4 = 0 AND (year % 100 <> 0 OR year % 400 = 0) THEN 29
                       ELSE 28 END)
     THEN RETURN NULL; END IF;
     shift := make_interval(hours => coalesce(p[9], '0')::int, mins => coalesce(p[10], '0')::int);
     RETURN make_timestamp(year, month, day, hour, minute, second::double precision)
            - (CASE WHEN p[8] = '-' THEN -shift ELSE shift END);
   END $$`,
];
