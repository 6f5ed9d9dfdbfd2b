import js from '@eslint/js';
import { createNodeResolver, importX } from 'eslint-plugin-import-x';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';

const generated = [
  'web/build/',
  'client/dist/',
  '.svelte-kit/',
  'node_modules/',
  '.data/',
  'coverage/',
  'test-results/',
];
const fixtures = ['tests/fixtures/'];

/**
 * The layers from the ground up, and what belongs in each. Imports point down only; a file of another layer is named by
 * its alias (`#domain/…`), one of the same layer by its relative path.
 */
const layers = [
  ['domain', 'rules and shapes that need nothing but the language'],
  ['platform', 'configuration, logs, files, ports and programs of the machine'],
  ['db', 'entities, queries and secrets'],
  ['notifications', 'messages to users, and the ways to send them'],
  ['workflows', 'workflow code and its messages'],
  ['activities', 'the steps of a sync'],
  ['temporal', 'clients, workers, schedules'],
  ['web', 'pages and APIs'],
  ['client', 'the client of the APIs for programs'],
  ['cli', 'the command line, a program like any other'],
  ['scripts', 'set-up and supervision'],
];

/** Imports of these packages, with the reason against them. */
const packages = (group, message) => ({ group, message });

/** What a layer must not import: everything above it, other layers by a relative path, and some packages. */
function importsOf(layer, extra = []) {
  const rank = layers.findIndex(([name]) => name === layer);
  const above = layers.slice(rank + 1).map(([name, holds]) => ({
    regex: name === 'web' ? '^#lib/' : `^#${name}/`,
    message: `Imports point down: ${name}/ lies above ${layer}/. Move what both need to the lowest layer that it fits (domain/ holds ${layers[0][1]}, platform/ ${layers[1][1]}); ${name}/ holds ${holds}.`,
  }));
  const others = layers.filter(([name]) => name !== layer).map(([name]) => `../**/${name}/**`);
  const byPath = { group: others, message: 'Name a file of another layer by its alias, as in #domain/phases.ts.' };
  const inTests = { regex: '^#tests/', message: 'Product code does not import tests.' };
  return {
    files: [`${layer}/**/*.{ts,js,svelte}`],
    rules: {
      '@typescript-eslint/no-restricted-imports': ['error', { patterns: [...above, byPath, inTests, ...extra] }],
    },
  };
}

/** Workflow code is replayed, so it may only do what is the same every time; the rules of `domain/` are part of it. */
const replayed = [
  packages(['node:*'], 'Workflows have no access to Node; do it in an activity.'),
  packages(['@mikro-orm/*', 'pg', 'kysely'], 'Workflows have no access to the database; use an activity.'),
  packages(['playwright', '@playwright/*'], 'Workflows have no browser; use an activity.'),
  packages(['pino', 'prom-client'], 'Workflows have no access to the machine.'),
];

/** Shapes are schemas, and zod has no place in the workflow bundle, nor in what it is made of. */
const shapes = {
  allowTypeImports: true,
  message: 'Import only types from domain/shapes/ here: zod stays out of workflows.',
};

/** The client is packed for programs elsewhere. */
const typesOnly = { allowTypeImports: true, message: 'The client takes only types of the server.' };
const theServiceIsElsewhere = 'The command line runs on other machines than the service: it knows the public API only.';

const noEnv = {
  object: 'process',
  property: 'env',
  message: 'Only platform/, scripts/ and tests/ read the environment; take a Config.',
};

export default ts.config(
  { ignores: [...generated, ...fixtures] },
  js.configs.recommended,
  ...ts.configs.recommendedTypeChecked,
  ...svelte.configs.recommended,
  {
    languageOptions: {
      globals: { ...globals.node, ...globals.browser },
      parserOptions: {
        projectService: { allowDefaultProject: ['*.js', 'scripts/*.js', 'scripts/lib/*.js'] },
        tsconfigRootDir: import.meta.dirname,
        extraFileExtensions: ['.svelte'],
      },
    },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false } }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/only-throw-error': 'off', // `unknown` from a catch is thrown again in many places
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      'no-console': 'error',
      'no-restricted-properties': ['error', noEnv],
      eqeqeq: 'error',
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser } },
    rules: {
      'svelte/no-at-html-tags': 'error',
      'svelte/require-each-key': 'error',
      'svelte/no-navigation-without-resolve': 'off', // the app lies at the root of its host, so paths are what they say
      'max-lines-per-function': 'off', // the factory of a component's state is one function with small ones inside
    },
  },
  importsOf('domain', [
    ...replayed,
    packages(['@temporalio/*', '@sveltejs/*', 'svelte'], 'domain/ is plain TypeScript; it knows no framework.'),
    { ...shapes, regex: '^\\./shapes/' },
  ]),
  importsOf('platform', [
    packages(['@mikro-orm/*', '@temporalio/*'], 'platform/ knows the machine, not the services.'),
  ]),
  importsOf('db', [packages(['@temporalio/*'], 'db/ knows nothing of Temporal.')]),
  importsOf('notifications'),
  importsOf('workflows', [
    ...replayed,
    {
      regex: '^#(db|platform|notifications)/',
      message: 'Workflows reach the database and the machine by activities only.',
    },
    packages(['zod', 'temporal-polyfill'], 'Keep the workflow bundle small; use Date, the workflow’s own time there.'),
    { ...shapes, regex: '^#domain/shapes/' },
  ]),
  importsOf('activities'),
  importsOf('temporal'),
  importsOf('web'),
  importsOf('client', [
    { ...typesOnly, regex: '^#(platform|db|notifications|workflows|activities|temporal|lib)/' },
    { regex: '^#domain/(?!shapes/case|phases|sync-states)', allowTypeImports: true, message: 'Keep the client small.' },
  ]),
  importsOf('cli', [
    { regex: '^#(platform|db|notifications|workflows|activities|temporal)/', message: theServiceIsElsewhere },
    { regex: '^#lib/server/', message: theServiceIsElsewhere },
  ]),
  importsOf('scripts'),
  {
    files: layers.map(([name]) => `${name}/**/*.{ts,svelte}`),
    plugins: { 'import-x': importX },
    settings: {
      'import-x/resolver-next': [createNodeResolver({ extensions: ['.ts', '.js', '.svelte'] })],
      'import-x/extensions': ['.ts', '.js', '.svelte'],
      'import-x/parsers': { '@typescript-eslint/parser': ['.ts'], 'svelte-eslint-parser': ['.svelte'] },
      'import-x/ignore': ['node_modules'],
    },
    rules: { 'import-x/no-cycle': ['error', { ignoreExternal: true }] },
  },
  {
    // A load may import a component, which is parsed as what imports it says.
    files: ['web/src/routes/**/*.ts'],
    languageOptions: { parserOptions: { parser: ts.parser } },
  },
  {
    files: ['domain/**/*.ts', 'workflows/**/*.ts'],
    rules: {
      'no-restricted-globals': ['error', 'setInterval', 'fetch', 'process', 'WeakRef', 'FinalizationRegistry'],
      'no-restricted-syntax': [
        'error',
        { selector: 'MemberExpression[object.name="Temporal"][property.name="Now"]', message: 'Use Date.now().' },
      ],
    },
  },
  {
    files: ['platform/**', 'scripts/**', 'cli/environment.ts', 'tests/**', '*.config.ts', '*.config.js', '.ci/**'],
    rules: { 'no-restricted-properties': 'off' },
  },
  {
    files: ['scripts/**', 'tests/bench/**', 'tests/faults/**', 'tests/pictures/**'],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['tests/**', 'db/migrations/**'],
    rules: { 'max-lines-per-function': 'off' },
  },
  {
    files: ['client/contract/rest.ts'], // made by a tool
    rules: { 'max-lines': 'off' },
  },
  {
    // Answers of the API are JSON of any shape until the test has looked at them.
    files: ['tests/web/**'],
    rules: {
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
  {
    files: ['**/*.js'],
    ...ts.configs.disableTypeChecked,
  },
  {
    files: ['web/**/*.svelte', 'web/**/*.svelte.ts', 'web/src/**/*.ts'],
    rules: {
      // Props of a generated type count as unsafe where the checker of Svelte knows better.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
);
