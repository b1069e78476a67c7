import type { Point } from './projection';

/** How the flat map lies in its frame: a point of the map is drawn at `x + scale * point.x`, in pixels. */
export interface MapView extends Point {
  scale: number;
}

export interface Size {
  width: number;
  height: number;
}

/** How much closer than the whole map one may look. */
const MOST_ZOOM = 40;

/** The whole map, centred, with a margin around it. */
export function fitted(map: Size, frame: Size, margin = 12): MapView {
  const width = Math.max(1, frame.width - 2 * margin);
  const height = Math.max(1, frame.height - 2 * margin);
  const scale = Math.min(width / Math.max(map.width, 1e-9), height / Math.max(map.height, 1e-9));
  return {
    scale,
    x: (frame.width - map.width * scale) / 2,
    y: (frame.height - map.height * scale) / 2,
  };
}

/** Closer or farther, so that what is under a point of the frame stays there. */
export function zoomed(view: MapView, factor: number, around: Point, whole: MapView): MapView {
  const scale = Math.min(whole.scale * MOST_ZOOM, Math.max(whole.scale, view.scale * factor));
  const change = scale / view.scale;
  return {
    scale,
    x: around.x - (around.x - view.x) * change,
    y: around.y - (around.y - view.y) * change,
  };
}

export const moved = (view: MapView, by: Point): MapView => ({
  ...view,
  x: view.x + by.x,
  y: view.y + by.y,
});

/** Never so far that nothing of the map is in the middle of the frame: one cannot get lost. */
export function held(view: MapView, map: Size, frame: Size): MapView {
  const hold = (at: number, length: number, room: number) =>
    Math.min(room / 2, Math.max(room / 2 - length * view.scale, at));
  return {
    ...view,
    x: hold(view.x, map.width, frame.width),
    y: hold(view.y, map.height, frame.height),
  };
}
