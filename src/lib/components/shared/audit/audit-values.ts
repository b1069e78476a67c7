import { stageName } from '$lib/components/shared/stages/stage-words';
import { dayOf, exactTime, shortDay, type Viewer } from '$lib/domain/dates';
import { formatMoney } from '$lib/domain/money';
import { STAGES } from '$lib/domain/stages';
import { m } from '$lib/paraglide/messages';

/** What it takes to write a stored value as people read it. */
export interface ValueContext {
  viewer: Viewer;
  /** What an id in this column stands for; null when that is not known (any more). */
  referenceName: (field: string, id: string) => string | null;
  /** Currency of amounts that stand without one. */
  currency: string;
}

const amounts = new Set(['expected_value', 'unit_price']);
const uuid = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/;
const instant = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}(?::?\d{2})?)?$/;
const day = /^\d{4}-\d{2}-\d{2}$/;
const LONGEST = 400;

/** A stored value in words; an empty text when there is none. */
export function valueWords(field: string, value: unknown, context: ValueContext): string {
  const { viewer, currency } = context;
  if (value === null || value === undefined || value === '') return '';
  if (typeof value === 'boolean') return value ? m.audit_yes() : m.audit_no();
  if (typeof value === 'number') {
    if (amounts.has(field)) return formatMoney({ amount: value, currency }, viewer.locale);
    return new Intl.NumberFormat(viewer.locale, { maximumFractionDigits: 10 }).format(value);
  }
  if (Array.isArray(value)) {
    const list = value.map((item) => (typeof item === 'object' ? JSON.stringify(item) : String(item)));
    return shortened(list.join(viewer.locale.startsWith('ar') ? '، ' : ', '));
  }
  if (typeof value !== 'string') return shortened(JSON.stringify(value));
  if (value === '[secret]') return m.audit_secret();
  if (uuid.test(value)) return context.referenceName(field, value) ?? value.slice(0, 8);
  if (field === 'status') {
    const stage = STAGES.find((name) => name === value);
    if (stage) return stageName(stage);
  }
  if (instant.test(value) && isTime(value)) return exactTime(new Date(value), viewer);
  if (day.test(value) && isTime(`${value}T00:00:00Z`))
    return shortDay(value, dayOf(new Date(), viewer.timeZone), viewer.locale);
  return shortened(value);
}

/** People write names that only look like a date: they are shown as they are. */
const isTime = (text: string): boolean => !Number.isNaN(Date.parse(text));

const shortened = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);
