/** Whether this page was started without the server, in the document that the service worker keeps for that. */
export const isShell = (): boolean => 'shell' in document.documentElement.dataset;

/** The server answers again, and everything on screen is asked for anew. */
export function leaveShell(): void {
  delete document.documentElement.dataset.shell;
}
