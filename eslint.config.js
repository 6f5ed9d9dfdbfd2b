import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';

const generated = [
  'web/build/',
  '.svelte-kit/',
  'node_modules/',
  '.data/',
  'coverage/',
  'test-results/',
  'db/migrations/',
];
const fixtures = ['tests/fixtures/'];

/** What workflow code must not reach: it is replayed, so it may only do what is the same every time. */
const notInWorkflows = {
  patterns: [
    { group: ['node:*'], message: 'Workflows have no access to Node; do it in an activity.' },
    { group: ['@mikro-orm/*', 'pg', 'kysely'], message: 'Workflows have no access to the database; use an activity.' },
    { group: ['playwright', '@playwright/*'], message: 'Workflows have no browser; use an activity.' },
    {
      group: ['temporal-polyfill', 'luxon', 'date-fns*'],
      message: 'Use Date, which is the workflow’s own time there.',
    },
    { group: ['**/db/**', '**/web/**', '**/config.ts', '**/scripts/**'], message: 'Workflows import no other part.' },
    { group: ['**/activities/**'], allowTypeImports: true, message: 'Import the types of activities only.' },
    { group: ['zod', 'pino', 'prom-client'], message: 'Keep the workflow bundle small.' },
  ],
};

const noEnv = {
  object: 'process',
  property: 'env',
  message: 'Only config.ts, scripts/ and tests/ read the environment; take a Config.',
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
  {
    files: ['workflows/**/*.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': ['error', notInWorkflows],
      'no-restricted-globals': ['error', 'setInterval', 'fetch', 'process', 'WeakRef', 'FinalizationRegistry'],
      'no-restricted-syntax': [
        'error',
        { selector: 'MemberExpression[object.name="Temporal"][property.name="Now"]', message: 'Use Date.now().' },
      ],
    },
  },
  {
    files: ['config.ts', 'scripts/**', 'tests/**', '*.config.ts', '*.config.js', '.ci/**'],
    rules: { 'no-restricted-properties': 'off' },
  },
  {
    files: ['scripts/**', 'tests/bench/**', 'tests/faults/**', 'tests/pictures/**'],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['tests/**'],
    rules: { 'max-lines-per-function': 'off' },
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
