import * as Y from 'yjs';

/**
 * What a note takes from an update, decided alike by the browsers that show it and by the function that merges it. The
 * database does not look into updates, so a program of somebody's own can send anything.
 */

/** Where the editor keeps the text. */
export const fragmentName = 'default';
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

/** Whether {@link takeUpdate} would take it. */
export function isFit(doc: Y.Doc, update: Uint8Array): boolean {
  try {
    const structs = byClient(Y.decodeUpdate(update).structs);
    return [...structs].every(([client, own]) => isContinuous(doc, client, own)) &&
      isWellPlaced(doc, structs) && isLight(doc, structs);
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

/** Where a piece lies. What hangs on something that was deleted and forgotten is forgotten with it. */
interface Place {
  level: number;
  inside: 'note' | 'element' | 'text' | 'nothing';
  /** It is an attribute of what it lies in, not a part of the text. */
  isAttribute: boolean;
}
const nowhere: Place = { level: 1, inside: 'nothing', isAttribute: false };

/**
 * Finds where each new piece lies: not too deep, and where an editor would put it. Anything else (a text without a paragraph, a list
 * of numbers, a document in the document) would keep the editor from opening. Walks without recursion, because that is what a hostile
 * update would break.
 */
function isWellPlaced(doc: Y.Doc, structs: Structs): boolean {
  const places = new Map<Struct, Place>();
  const open = new Set<Y.Item>();
  for (const struct of [...structs.values()].flat()) {
    if (!(struct instanceof Y.Item)) continue;
    const path = [struct];
    for (let item = path.at(-1); item; item = path.at(-1)) {
      const place = places.get(item) ?? placeOf(item, doc, structs, places);
      if (!(place instanceof Y.Item)) {
        if (place.level > deepestNesting || !mayLie(item.content, place)) return false;
        places.set(item, place);
        open.delete(item);
        path.pop();
      } else {
        // Pieces that hang on each other hang on nothing.
        if (open.has(place)) return false;
        open.add(place);
        path.push(place);
      }
    }
  }
  return true;
}

function mayLie(content: Y.Item['content'], { inside, isAttribute }: Place): boolean {
  if (inside === 'nothing' || content instanceof Y.ContentDeleted) return true;
  if (isAttribute) return content instanceof Y.ContentAny && inside !== 'note';
  if (inside === 'text') return content instanceof Y.ContentString || content instanceof Y.ContentFormat;
  const kind = kindOf(content);
  return kind === 'element' || (kind === 'text' && inside === 'element');
}

/** What a piece is, of those that others can lie in. */
function kindOf(content: Y.Item['content']): 'element' | 'text' | null {
  if (!(content instanceof Y.ContentType)) return null;
  if (content.type.constructor === Y.XmlElement) return 'element';
  return content.type.constructor === Y.XmlText ? 'text' : null;
}

/** The place of a piece; or the piece whose place must be known first. */
function placeOf(
  item: Y.Item,
  doc: Y.Doc,
  structs: Structs,
  places: ReadonlyMap<Struct, Place>,
): Place | Y.Item {
  const parent: unknown = item.parent;
  const isAttribute = item.parentSub !== null;
  if (typeof parent === 'string') {
    if (parent !== fragmentName) throw new Error('a piece of something else');
    return { level: 1, inside: 'note', isAttribute };
  }
  // A piece says what it lies in, or else beside which it stands.
  const isInside = parent instanceof Y.ID;
  const neighbour = isInside ? parent : (item.origin ?? item.rightOrigin);
  if (!neighbour) throw new Error('a piece that hangs on nothing');
  const isKnown = neighbour.clock < Y.getState(doc.store, neighbour.client);
  const found = isKnown
    ? Y.getItem(doc.store, neighbour)
    : find(structs.get(neighbour.client) ?? [], neighbour.clock);
  if (!found) throw new Error('a piece that hangs on one which never came');
  // What was deleted and forgotten takes what hangs on it along.
  if (!(found instanceof Y.Item)) return nowhere;
  const beside = isKnown ? placeIn(found) : places.get(found);
  if (beside === undefined) return found;
  if (!isInside || beside.inside === 'nothing') return beside;
  if (found.content instanceof Y.ContentDeleted) return nowhere;
  const inside = kindOf(found.content);
  if (!inside) throw new Error('a piece in something that holds nothing');
  return { level: beside.level + 1, inside, isAttribute };
}

/** The place of a piece that is in the document already. */
function placeIn({ parent, parentSub }: Y.Item): Place {
  let level = 0;
  let type: unknown = parent;
  for (; type instanceof Y.AbstractType && level <= deepestNesting; level++) type = type._item?.parent;
  const inside = parent instanceof Y.XmlElement ? 'element' : parent instanceof Y.XmlText ? 'text' : 'note';
  return { level: Math.max(level, 1), inside, isAttribute: parentSub !== null };
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
