import Mail from '@lucide/svelte/icons/mail';
import MapPin from '@lucide/svelte/icons/map-pin';
import Phone from '@lucide/svelte/icons/phone';
import StickyNote from '@lucide/svelte/icons/sticky-note';
import Users from '@lucide/svelte/icons/users';
import type { InteractionChannel, InteractionType } from '$lib/data/interactions/schema';
import { m } from '$lib/paraglide/messages';

export const typeIcon = { call: Phone, email: Mail, meeting: Users, visit: MapPin, note: StickyNote };

const types: Record<InteractionType, () => string> = {
  call: m.interaction_call,
  email: m.interaction_email,
  meeting: m.interaction_meeting,
  visit: m.interaction_visit,
  note: m.interaction_note,
};

const channels: Record<InteractionChannel, () => string> = {
  phone: m.channel_phone,
  email: m.channel_email,
  meeting: m.channel_meeting,
  chat: m.channel_chat,
  other: m.channel_other,
};

export function typeName(type: InteractionType): string {
  return types[type]();
}

export function channelName(channel: InteractionChannel): string {
  return channels[channel]();
}
