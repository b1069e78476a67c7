/** What a join has to do with changes. */
import type { Channel } from '../channel.ts';
import { RealtimeError } from '../errors.ts';
import type { JoinConfig } from '../join-config.ts';
import { BindingError } from './binding-error.ts';
import { numberBindings, parseBindings, type Binding, type EchoedBinding } from './binding.ts';
import { ChangeSubscription } from './subscription.ts';

/**
 * Numbers the bindings of a join, for its answer.
 * @throws RealtimeError when they cannot even be sent back
 */
export function echoBindings({ postgresChanges }: JoinConfig): EchoedBinding[] {
  try {
    return numberBindings(postgresChanges);
  } catch (error) {
    if (error instanceof BindingError)
      throw new RealtimeError('RealtimeDisabledForConfiguration', error.message);
    throw error;
  }
}

/**
 * Subscribes a channel to what its join asked for.
 * @returns what is to be done after the join's answer
 * @throws RealtimeError when the join is to wait for the subscription, and that fails
 */
export async function subscribeToChanges(
  channel: Channel,
  echoed: readonly EchoedBinding[],
): Promise<() => void> {
  const { postgresChanges, changesWaitMs } = channel.config;
  if (postgresChanges.length === 0) return () => undefined;
  const subscription = new ChangeSubscription(channel, readBindings(channel, postgresChanges, echoed));
  channel.changes = subscription;
  const outcome =
    changesWaitMs === null ? await subscription.join() : await subscription.joinWithin(changesWaitMs);
  return () => subscription.announce(outcome);
}

function readBindings(
  channel: Channel,
  sent: readonly unknown[],
  echoed: readonly EchoedBinding[],
): readonly Binding[] | BindingError {
  const most = channel.socket.context.limits.maxBindingsPerSocket;
  try {
    const bindings = parseBindings(sent, echoed);
    const others = [...channel.socket.channels.values()].reduce(
      (sum, { changes }) => sum + (changes?.bindingCount ?? 0),
      0,
    );
    if (others + bindings.length > most)
      throw new BindingError(`Too many postgres_changes bindings: a connection may have at most ${most}`);
    return bindings;
  } catch (error) {
    if (error instanceof BindingError) return error;
    throw error;
  }
}
