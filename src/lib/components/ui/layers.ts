/** The element at the end of the main landmark that floating layers are put into. */
export const layersId = 'layers';

/** Where a layer is rendered: inside the main landmark where there is a shell, so that it is part of the page's outline. */
export function layersTarget(): HTMLElement {
  return document.getElementById(layersId) ?? document.body;
}
