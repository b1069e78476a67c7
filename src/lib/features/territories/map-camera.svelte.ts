import { fitted, held, moved, zoomed, type MapView, type Size } from '$lib/domain/geo/map-view';
import type { Point } from '$lib/domain/geo/projection';

/** Pixels a pointer may stray and still mean a click. */
const CLICK_SLACK = 5;

/** Looks at a flat map through a frame: the whole of it until somebody zooms or pushes it. */
export class MapCamera {
  readonly #map: () => Size;
  readonly #frame: () => Size;
  #chosen = $state.raw<MapView | null>(null);
  /** Fingers and buttons that are down, by pointer. */
  #pointers = new Map<number, Point>();
  #strayed = 0;

  constructor(map: () => Size, frame: () => Size) {
    this.#map = map;
    this.#frame = frame;
  }

  readonly whole: MapView = $derived.by(() => fitted(this.#map(), this.#frame()));
  readonly view: MapView = $derived.by(() => this.#chosen ?? this.whole);
  readonly isWhole: boolean = $derived.by(() => this.view.scale <= this.whole.scale * 1.001);

  reset(): void {
    this.#chosen = null;
  }

  zoom(factor: number, around?: Point): void {
    const { width, height } = this.#frame();
    this.#look(zoomed(this.view, factor, around ?? { x: width / 2, y: height / 2 }, this.whole));
  }

  push(by: Point): void {
    this.#look(moved(this.view, by));
  }

  /** Where a point of the map is drawn. */
  onScreen({ x, y }: Point): Point {
    const { view } = this;
    return { x: view.x + view.scale * x, y: view.y + view.scale * y };
  }

  press(pointer: number, at: Point): void {
    if (this.#pointers.size === 0) this.#strayed = 0;
    this.#pointers.set(pointer, at);
  }

  /** One pointer pushes the map, two pinch it. */
  drag(pointer: number, to: Point): void {
    const from = this.#pointers.get(pointer);
    if (!from) return;
    const [other] = [...this.#pointers].filter(([id]) => id !== pointer).map(([, at]) => at);
    this.#pointers.set(pointer, to);
    this.#strayed += distance(from, to);
    if (other) {
      this.zoom(distance(to, other) / Math.max(1, distance(from, other)), middle(to, other));
      this.push({ x: (to.x - from.x) / 2, y: (to.y - from.y) / 2 });
    } else if (this.isDragging) this.push({ x: to.x - from.x, y: to.y - from.y });
  }

  release(pointer: number): void {
    this.#pointers.delete(pointer);
  }

  /** Whether the pointer has moved too far for the release to be a click. */
  get isDragging(): boolean {
    return this.#strayed > CLICK_SLACK;
  }

  #look(view: MapView): void {
    this.#chosen = held(view, this.#map(), this.#frame());
  }
}

const distance = (a: Point, b: Point): number => Math.hypot(a.x - b.x, a.y - b.y);
const middle = (a: Point, b: Point): Point => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });
