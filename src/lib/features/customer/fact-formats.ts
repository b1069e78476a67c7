import { parseAmount } from '$lib/domain/money';
import type { FactFormat } from './fact-editor.svelte';

export const money: FactFormat = {
  write: (value) => (value === null ? '' : String(value)),
  read: (text) => (text.trim() === '' ? null : (parseAmount(text) ?? undefined)),
};

/** "vip, tender": separated by commas, each once. */
export const tags: FactFormat = {
  write: (value) => (Array.isArray(value) ? value.join(', ') : ''),
  read: (text) => {
    const list = text.split(/[,،]/).map((tag) => tag.trim());
    return [...new Set(list)].filter((tag) => tag !== '');
  },
};

/** A calendar day of the years the database keeps, as the platform's control writes it. */
export const day: FactFormat = {
  write: (value) => (typeof value === 'string' ? value : ''),
  read: (text) => {
    if (text === '') return null;
    return /^(19|20|21)\d{2}-\d{2}-\d{2}$/.test(text) ? text : undefined;
  },
};
