import { readdirSync, existsSync } from 'node:fs';
import { defineConfig } from 'eslint/config';
import prettier from 'eslint-config-prettier';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

/**
 * Who may import whom (docs/architecture.md draws it). Each entry lists what the folder may NOT import;
 * across folders the code imports by `$lib/…`, so that these patterns see every crossing.
 */
const layers = {
  domain: ['supabase', 'data', 'realtime', 'features', 'components', 'server'],
  supabase: ['data', 'realtime', 'features', 'components', 'server'],
  data: ['realtime', 'features', 'components', 'server'],
  realtime: ['features', 'components', 'server'],
  'components/ui': ['domain', 'supabase', 'data', 'realtime', 'features', 'components/shared', 'server'],
  'components/shared': ['supabase', 'data', 'realtime', 'features', 'server'],
};

const forbid = (folders, reason) => ({
  'no-restricted-imports': [
    'error',
    {
      patterns: [
        { group: folders.flatMap((folder) => [`$lib/${folder}`, `$lib/${folder}/**`]), message: reason },
        { group: ['../../../*'], message: 'Cross a folder by $lib/…, so that the layer rules can see it.' },
      ],
    },
  ],
});

const features = existsSync('src/lib/features')
  ? readdirSync('src/lib/features', { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name)
  : [];

export default defineConfig(
  {
    ignores: [
      'build/',
      '.svelte-kit/',
      '.tandem/',
      'node_modules/',
      'test-results/',
      'src/lib/paraglide/',
      'src/lib/supabase/database.types.ts',
      'supabase/functions/**',
      'stack/functions/**/*.deno.ts',
    ],
  },
  ...ts.configs.strict,
  ...svelte.configs.recommended,
  prettier,
  ...svelte.configs.prettier,
  {
    languageOptions: { globals: { ...globals.browser, ...globals.node } },
    rules: {
      'no-undef': 'off',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-console': 'off',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/no-invalid-void-type': 'off',
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser, svelteConfig } },
    rules: {
      // Every in-app address comes from src/lib/paths.ts, which already resolves the base path.
      'svelte/no-navigation-without-resolve': 'off',
      // State is replaced, not changed in place ($state.raw): a Map, Set or Date is a value like any other.
      'svelte/prefer-svelte-reactivity': 'off',
      'prefer-const': 'off',
      'svelte/prefer-const': ['error', { excludedRunes: ['$props', '$derived'] }],
    },
  },
  {
    files: ['stack/**/*.ts', 'scripts/**/*.ts', 'tests/{stack,database,bench,fixtures}/**/*.ts'],
    languageOptions: { parserOptions: { project: './stack/tsconfig.json' } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      'no-restricted-imports': [
        'error',
        { patterns: [{ group: ['**/src/**'], message: 'The stack and the scripts never import the app.' }] },
      ],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/lib/server/read-form.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        ...[
          "CallExpression[callee.property.name='formData']",
          "CallExpression[callee.name='superValidate'] > [name='request'], CallExpression[callee.name='superValidate'] > [property.name='request']",
        ].map((selector) => ({ selector, message: 'Forms are read by readForm of $lib/server/read-form.' })),
      ],
    },
  },
  ...Object.entries(layers).map(([folder, forbidden]) => ({
    files: [`src/lib/${folder}/**/*.{ts,svelte}`],
    rules: forbid(
      forbidden,
      `src/lib/${folder} may not import this (docs/architecture.md, "Who may import whom").`,
    ),
  })),
  ...features.map((feature) => ({
    files: [`src/lib/features/${feature}/**/*.{ts,svelte}`],
    rules: forbid(
      ['server', ...features.filter((other) => other !== feature).map((other) => `features/${other}`)],
      'A feature never imports another feature: a route composes them.',
    ),
  })),
);
