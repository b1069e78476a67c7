const channelName = 'tandem-session';

/** Tells the app's other tabs in this browser that the session has ended. */
export function announceSignedOut(): void {
  const channel = new BroadcastChannel(channelName);
  channel.postMessage('signed-out');
  channel.close();
}

/** Calls `leave` when another tab has found the session ended; returns how to stop listening. */
export function onSignedOutElsewhere(leave: () => void): () => void {
  const channel = new BroadcastChannel(channelName);
  channel.onmessage = leave;
  return () => channel.close();
}
