import * as Y from 'yjs';

/**
 * What a note takes from an update, decided alike by the browsers that show it and by the function that merges it. The
 * database does not look into updates, so a program of somebody's own can send anything.
 */

/** No text that people write is nested deeper; what is deeper breaks whoever walks it. */
const deepestNesting = 64;
/** Bytes say little about the work of showing a text: 5,000 paragraphs, or 20,000 changes of form, are what a screen takes. */
export const heaviestNote = 20_000;
/** What a paragraph, a list or any other piece with an inside weighs; a change of form weighs 1. */
export const elementWeight = 4;

type Struct = Y.Item | Y.GC | Y.Skip;
type Structs = ReadonlyMap<number, readonly Struct[]>;

/**
 * Applies an update if it is one, builds on what is there, nests no deeper and weighs no more than text does. Updates come in the order in
 * which the database took them, so an honest one never lacks what it builds on.
 *
 * @returns false when the document was left as it was
 */
export function takeUpdate(doc: Y.Doc, update: Uint8Array, origin?: unknown): boolean {
  if (!isFit(doc, update)) return false;
  Y.applyUpdate(doc, update, origin);
  return true;
}

function isFit(doc: Y.Doc, update: Uint8Array): boolean {
  try {
    const structs = byClient(Y.decodeUpdate(update).structs);
    return [...structs].every(([client, own]) => isContinuous(doc, client, own)) &&
      isShallow(doc, structs) && isLight(doc, structs);
  } catch {
    return false;
  }
}

function byClient(structs: readonly Struct[]): Structs {
  const found = new Map<number, Struct[]>();
  for (const struct of structs) {
    const own = found.get(struct.id.client);
    if (own) own.push(struct);
    else found.set(struct.id.client, [struct]);
  }
  return found;
}

function isContinuous(doc: Y.Doc, client: number, structs: readonly Struct[]): boolean {
  let next = Y.getState(doc.store, client);
  for (const struct of structs) {
    if (struct instanceof Y.Skip || struct.id.clock > next) return false;
    next = Math.max(next, struct.id.clock + struct.length);
  }
  return true;
}

/** Counts the levels of each new piece. Walks without recursion, because that is what a hostile update would break. */
function isShallow(doc: Y.Doc, structs: Structs): boolean {
  const levels = new Map<Struct, number>();
  const open = new Set<Y.Item>();
  for (const struct of [...structs.values()].flat()) {
    if (!(struct instanceof Y.Item)) continue;
    const path = [struct];
    for (let item = path.at(-1); item; item = path.at(-1)) {
      const level = levels.get(item) ?? levelOf(item, doc, structs, levels);
      if (typeof level === 'number') {
        if (level > deepestNesting) return false;
        levels.set(item, level);
        open.delete(item);
        path.pop();
      } else {
        // Pieces that hang on each other hang on nothing.
        if (open.has(level)) return false;
        open.add(level);
        path.push(level);
      }
    }
  }
  return true;
}

/** The level of a piece, 1 at the top; or the piece whose level must be known first. */
function levelOf(
  item: Y.Item,
  doc: Y.Doc,
  structs: Structs,
  levels: ReadonlyMap<Struct, number>,
): number | Y.Item {
  const parent: unknown = item.parent;
  if (typeof parent === 'string') return 1;
  // A piece says what it lies in, or else beside which it stands.
  const isInside = parent instanceof Y.ID;
  const neighbour = isInside ? parent : (item.origin ?? item.rightOrigin);
  if (!neighbour) throw new Error('a piece that hangs on nothing');
  const step = isInside ? 1 : 0;
  if (neighbour.clock < Y.getState(doc.store, neighbour.client)) return levelIn(doc, neighbour) + step;
  const found = find(structs.get(neighbour.client) ?? [], neighbour.clock);
  if (!found) throw new Error('a piece that hangs on one which never came');
  // What was deleted and forgotten takes what hangs on it along.
  if (!(found instanceof Y.Item)) return 1;
  const known = levels.get(found);
  return known === undefined ? found : known + step;
}

function levelIn(doc: Y.Doc, id: Y.ID): number {
  const item: unknown = Y.getItem(doc.store, id);
  let level = 0;
  let type: unknown = item instanceof Y.Item ? item.parent : null;
  for (; type instanceof Y.AbstractType && level <= deepestNesting; level++) type = type._item?.parent;
  return Math.max(level, 1);
}

function isLight(doc: Y.Doc, structs: Structs): boolean {
  let added = 0;
  for (const [client, own] of structs) {
    const known = Y.getState(doc.store, client);
    for (const struct of own) {
      if (struct instanceof Y.Item && struct.id.clock >= known) added += weightOf(struct);
    }
  }
  return added === 0 || added + weightOfDoc(doc) <= heaviestNote;
}

function weightOf({ content }: Y.Item): number {
  if (content instanceof Y.ContentType) return content.type instanceof Y.XmlText ? 0 : elementWeight;
  return content instanceof Y.ContentFormat ? 1 : 0;
}

function weightOfDoc(doc: Y.Doc): number {
  let weight = 0;
  const open = [...doc.share.values()];
  for (let type = open.pop(); type; type = open.pop()) {
    const first = [type._start, ...type._map.values()];
    for (let item of first) {
      for (; item; item = item.right) {
        if (item.deleted) continue;
        weight += weightOf(item);
        if (item.content instanceof Y.ContentType) open.push(item.content.type);
      }
    }
  }
  return weight;
}

function find(structs: readonly Struct[], clock: number): Struct | undefined {
  let [low, high] = [0, structs.length - 1];
  while (low <= high) {
    const middle = (low + high) >> 1;
    const struct = structs[middle];
    if (!struct) return undefined;
    if (clock < struct.id.clock) high = middle - 1;
    else if (clock >= struct.id.clock + struct.length) low = middle + 1;
    else return struct;
  }
  return undefined;
}
