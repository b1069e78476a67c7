const channelName = 'tandem-session';

/** Tells the app's other tabs in this browser that the session has ended. */
export function announceSignedOut(): void {
  const channel = new BroadcastChannel(channelName);
  channel.postMessage('signed-out');
  channel.close();
}

/** Tells the app's other tabs that the session is good for something else now: the tokens they hold are not. */
export function announceSessionChanged(): void {
  const channel = new BroadcastChannel(channelName);
  channel.postMessage('changed');
  channel.close();
}

interface Heard {
  /** Another tab has found the session ended. */
  onSignedOut: () => void;
  onChanged: () => void;
}

/** Listens to what other tabs say of the session; returns how to stop. */
export function onSessionElsewhere({ onSignedOut, onChanged }: Heard): () => void {
  const channel = new BroadcastChannel(channelName);
  channel.onmessage = ({ data }: MessageEvent<unknown>) => (data === 'changed' ? onChanged() : onSignedOut());
  return () => channel.close();
}
